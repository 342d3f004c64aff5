import type { ReactNode } from 'react';
import { Combobox } from '../parts/combobox.js';
import { SelectField, TextField } from '../parts/field.js';
import { useBodyField, useForm } from './form-context.js';
import { aggregatorNames, withAggregators } from './aggregator-text.js';
import { propose, useKnownNames } from './use-known-names.js';
import { valueAt, withValue } from './request-body.js';

type By = 'none' | 'event_time' | 'birth' | 'cohort_table';

/** How the answer is cut up, and which figures it holds. */
export function ShapeSection(): ReactNode {
  return (
    <fieldset className="form-part">
      <legend>How it is shown</legend>
      <SeriesFields />
      <BreakdownFields />
      <AggregatorFields />
    </fieldset>
  );
}

function SeriesFields(): ReactNode {
  const { body, change } = useForm();
  const series = useBodyField('series');
  const interval = useBodyField('series', 'interval');
  const age = useBodyField('series', 'age');
  const by = byOf(series.value, age.value);
  const setBy = (next: By): void => {
    const known = interval.text === '' ? 'month' : interval.text;
    if (next === 'none') return change(withValue(body, ['series'], undefined));
    const cut = next === 'event_time' ? { by: 'event_time' } : { by: 'birth' };
    const ages = next === 'cohort_table' ? { age: age.text === '' ? 'P30D' : age.text } : {};
    change(withValue(body, ['series'], { interval: known, ...cut, ...ages }));
  };
  const needsBirths = (by === 'birth' || by === 'cohort_table') && valueAt(body, ['window', 'births']) === undefined;
  return (
    <div className="form-grid">
      <SelectField<By>
        label="Series"
        value={by}
        error={by === 'none' ? undefined : series.error}
        hint={needsBirths ? 'It needs both ends of the births.' : undefined}
        options={[
          { value: 'none', label: 'None: one figure' },
          { value: 'event_time', label: 'Over time' },
          { value: 'birth', label: 'By time of birth' },
          { value: 'cohort_table', label: 'Cohort table: birth and age' },
        ]}
        onChange={setBy}
      />
      {by !== 'none' && (
        <Combobox
          label="Every"
          value={interval.text}
          error={interval.error}
          onChange={interval.setText}
          proposals={propose(['minute', 'hour', 'day', 'week', 'month', 'year'])}
          hint="Or a duration such as P7D."
        />
      )}
      {by === 'cohort_table' && (
        <TextField
          label="Age in steps of"
          value={age.text}
          error={age.error}
          onChange={age.setText}
          hint="Such as P30D."
        />
      )}
    </div>
  );
}

function byOf(series: unknown, age: unknown): By {
  if (series === undefined) return 'none';
  if (age !== undefined) return 'cohort_table';
  return valueAt(series, ['by']) === 'birth' ? 'birth' : 'event_time';
}

function BreakdownFields(): ReactNode {
  const names = useKnownNames();
  const breakdown = useBodyField('breakdown');
  const [first] = Array.isArray(breakdown.value) ? (breakdown.value as readonly unknown[]) : [];
  const text = typeof first === 'string' ? first : first === undefined ? '' : JSON.stringify(first);
  const known = [
    ...names.traits.map((name) => `trait:${name}`),
    ...names.propertiesOf([]).map((name) => `property:${name}`),
  ];
  return (
    <Combobox
      label="Break down by"
      placeholder="no groups"
      hint="A trait of users, or a property of events: trait:country, property:page."
      value={text}
      error={breakdown.error}
      onChange={(next) => breakdown.set(next === '' ? undefined : [next.startsWith('{') ? jsonOr(next) : next])}
      proposals={propose(known)}
    />
  );
}

function AggregatorFields(): ReactNode {
  const aggregators = useBodyField('aggregators');
  return (
    <Combobox
      label="Figures"
      placeholder="by the types of the columns"
      hint="Names with commas between them: mean, median, sum, p90, proportion, histogram of 20 bins."
      value={aggregatorNames(aggregators.value)}
      error={aggregators.error}
      onChange={(text) => aggregators.set(withAggregators(text))}
      proposals={(text) => (text.trim() === '' || /,\s*\w*$/.test(text) ? PROPOSED : [])}
      take={(text, _, name) =>
        [
          ...text
            .split(',')
            .slice(0, -1)
            .map((part) => part.trim()),
          name,
        ].join(', ')
      }
    />
  );
}

const PROPOSED = ['mean', 'median', 'sum', 'min', 'max', 'std', 'p90', 'proportion', 'histogram of 20 bins'];

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
