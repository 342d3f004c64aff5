import type { ReactNode } from 'react';
import { errorAt } from '../parts/field-errors.js';
import { Field, SelectField, TextField } from '../parts/field.js';
import { slugFrom } from './slug.js';

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

export interface PropertyValues {
  readonly name: string;
  readonly slug: string;
  readonly time_zone: string;
  readonly week_start: (typeof DAYS)[number];
}

interface Props {
  readonly values: PropertyValues;
  readonly onChange: (values: PropertyValues) => void;
  readonly error: unknown;
}

/** What a property is called, and by which calendar its days and weeks are cut. */
export function PropertyFields({ values, onChange, error }: Props): ReactNode {
  const { name, slug, time_zone, week_start } = values;
  const rename = (next: string): void => {
    const follows = slug === slugFrom(name);
    onChange({ ...values, name: next, ...(follows && { slug: slugFrom(next) }) });
  };
  return (
    <>
      <TextField label="Name" value={name} onChange={rename} error={errorAt(error, '/name')} />
      <TextField
        label="Slug"
        required
        hint="Its name in addresses and paths: small letters, digits and hyphens."
        value={slug}
        onChange={(next) => onChange({ ...values, slug: next })}
        error={errorAt(error, '/slug')}
      />
      <Field
        label="Time zone"
        hint="In which days begin, unless a request says another."
        error={errorAt(error, '/time_zone')}
      >
        {(ids) => (
          <>
            <input
              {...ids}
              type="text"
              list="time-zones"
              required
              value={time_zone}
              onChange={(event) => onChange({ ...values, time_zone: event.target.value })}
            />
            <datalist id="time-zones">
              {['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => (
                <option key={zone} value={zone} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <SelectField<PropertyValues['week_start']>
        label="Week begins on"
        value={week_start}
        options={DAYS.map((day) => ({ value: day, label: day }))}
        onChange={(day) => onChange({ ...values, week_start: day })}
        error={errorAt(error, '/week_start')}
      />
    </>
  );
}

/** One of the days, of a text of the service. */
export function dayOf(text: string): PropertyValues['week_start'] {
  return DAYS.find((day) => day === text) ?? 'monday';
}
