import type { ReactNode } from 'react';
import type { Answer } from '@muster/client';
import { useMetricTitle } from '../api/catalogue.js';
import { useProperty } from '../app/property.js';
import { Empty } from '../parts/empty.js';
import { SelectField } from '../parts/field.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { choiceIn, figureNamesIn, isShare, type Choice } from './figures.js';
import { AggregatesPanel } from './aggregates-panel.js';
import { PictureFrame } from './picture-frame.js';
import { PICTURES, type Picture } from './pictures.js';

/** The pictures of an answer: which one, of which column, of which figure. All of it is in the address. */
export function PicturePanel({ answer }: { readonly answer: Answer }): ReactNode {
  const { property } = useProperty();
  const title = useMetricTitle(answer);
  const [wantedColumn, setColumn] = useAddressPart('column');
  const [wantedFigure, setFigure] = useAddressPart('figure');
  const [wantedPicture, setPicture] = useAddressPart('picture');
  const choice = choiceIn(answer, { column: wantedColumn, figure: wantedFigure });
  const fitting = PICTURES.filter(({ fits }) => fits(answer, choice));
  const picture = fitting.find(({ id }) => id === wantedPicture) ?? fitting[0];
  const column = answer.columns.find(({ name }) => name === choice.column);
  const names = figureNamesIn(answer, choice.column);
  if (answer.cohort.size === 0) {
    return (
      <Empty title="The cohort is empty">
        Nobody is in it by the data of this answer. Look at its rule, or at the days it names.
      </Empty>
    );
  }
  const unit = column?.unit ? ` in ${column.unit}s` : '';
  return (
    <div className="stack">
      <div className="filters">
        {answer.columns.length > 1 && (
          <SelectField
            label="Column"
            value={choice.column}
            options={answer.columns.map(({ name }) => ({ value: name, label: name }))}
            onChange={setColumn}
          />
        )}
        {picture?.isOfAllFigures !== true && names.length > 1 && (
          <SelectField
            label="Figure"
            value={choice.figure}
            options={names.map((name) => ({ value: name, label: name === 'n' ? 'users' : name }))}
            onChange={setFigure}
          />
        )}
        {fitting.length > 1 && picture !== undefined && (
          <SelectField
            label="Picture"
            value={picture.id}
            options={fitting.map(({ id, label }) => ({ value: id, label }))}
            onChange={setPicture}
          />
        )}
      </div>
      {picture === undefined ? (
        <>
          <p className="soft">One figure needs no picture. Ask with a series, a breakdown or a histogram to get one.</p>
          <AggregatesPanel answer={answer} />
        </>
      ) : (
        <PictureFrame
          key={`${picture.id} ${choice.column} ${choice.figure}`}
          picture={picture}
          table={picture.table(answer, choice)}
          name={`${title}: ${nameOf(picture, choice)}`}
          frame={{
            measure:
              picture.isOfAllFigures === true
                ? `${choice.column}${unit}`
                : choice.figure === 'n'
                  ? 'users'
                  : `${choice.figure} of ${choice.column}${isShare(choice.figure) ? '' : unit}`,
            isShare: picture.isOfAllFigures !== true && isShare(choice.figure),
            timeZone: property.time_zone,
          }}
        />
      )}
    </div>
  );
}

function nameOf({ isOfAllFigures }: Picture, { figure, column }: Choice): string {
  if (isOfAllFigures === true) return `users by ${column}`;
  return `${figure === 'n' ? 'users' : figure} of ${column}`;
}
