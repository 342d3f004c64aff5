import type { ReactNode } from 'react';
import type { Answer } from '@muster/client';
import { useProperty } from '../app/property.js';
import { formatCount, formatNumber, formatShare } from '../text/format.js';
import { reasonWords } from '../text/request-words.js';
import { figureNames, figureOf, figuresByKey, isShare, reasonsOf, type Aggregates } from './figures.js';

/** Every column of the answer with its figures, their intervals, and who has no value for which reason. */
export function AggregatesPanel({ answer }: { readonly answer: Answer }): ReactNode {
  const { property } = useProperty();
  return (
    <div className="stack">
      {answer.columns.map(({ name, unit, type }) => (
        <ColumnFigures key={name} name={name} unit={unit} type={type} aggregates={answer.aggregates?.[name]} />
      ))}
      <p className="row">
        <span className="soft">All figures:</span>
        {FORMATS.map((format) => (
          <a
            key={format}
            className="button button-small"
            href={`/v1/properties/${property.id}/requests/${answer.id}/aggregates?format=${format}`}
            download
          >
            {format}
          </a>
        ))}
      </p>
    </div>
  );
}

const FORMATS = ['csv', 'ndjson', 'parquet', 'arrow'];

interface ColumnProps {
  readonly name: string;
  readonly unit: string | null;
  readonly type: string;
  readonly aggregates: Aggregates | undefined;
}

function ColumnFigures({ name, unit, type, aggregates }: ColumnProps): ReactNode {
  const figures = figureNames(aggregates).filter((figure) => figure !== 'n');
  const maps = Object.keys(aggregates ?? {}).filter(
    (figure) => figure !== 'undefined' && figuresByKey(aggregates, figure),
  );
  const reasons = reasonsOf(aggregates);
  return (
    <section className="panel" aria-label={name}>
      <h2>
        {name} <span className="soft">{unit === null ? type : `${type}, ${unit}s`}</span>
      </h2>
      <dl className="facts facts-large">
        {figures.map((figure) => (
          <FigureFact key={figure} name={figure} aggregates={aggregates} />
        ))}
        <div>
          <dt>users with a value</dt>
          <dd>{formatCount(Number(aggregates?.['n'] ?? 0))}</dd>
        </div>
      </dl>
      {maps.map((figure) => (
        <details key={figure}>
          <summary>{figure} by key</summary>
          <table>
            <tbody>
              {Object.entries(figuresByKey(aggregates, figure) ?? {}).map(([key, value]) => (
                <tr key={key}>
                  <th scope="row">{key}</th>
                  <td className="number">{formatNumber(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      ))}
      {reasons.length > 0 && (
        <ul className="plain-list soft">
          {reasons.map(({ reason, users }) => (
            <li key={reason}>
              {formatCount(users)} without a value: {reasonWords(reason)} <code>{reason}</code>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function FigureFact({
  name,
  aggregates,
}: {
  readonly name: string;
  readonly aggregates: Aggregates | undefined;
}): ReactNode {
  const figure = figureOf(aggregates, name);
  if (figure === null) return null;
  const format = isShare(name) ? formatShare : formatNumber;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {format(figure.value)}
        {figure.low !== null && figure.high !== null && (
          <small>
            {format(figure.low)} to {format(figure.high)}
            {figure.level !== null && `, at ${formatNumber(figure.level * 100)} %`}
          </small>
        )}
      </dd>
    </div>
  );
}
