import type { ReactNode } from 'react';
import { errorAt } from '../parts/field-errors.js';
import { TextField } from '../parts/field.js';

const EVENTS = ['edit', 'block', 'edit_click'] as const;
const PROPERTIES = ['bytes', 'namespace', 'page_id', 'parent_id', 'sha1', 'duration'] as const;

type Names = Readonly<Record<string, string>>;

/** How a property calls what the metrics of Wikimedia read; what is left empty is called as usual. */
export interface WikiNames {
  readonly events: Names;
  readonly properties: Names;
}

/** Without those that are as usual. */
export function filledNames(names: Names): Record<string, string> {
  return Object.fromEntries(Object.entries(names).filter(([, name]) => name.trim() !== ''));
}

interface Props {
  readonly names: WikiNames;
  readonly onChange: (names: WikiNames) => void;
  readonly error: unknown;
}

/** Other names of events and properties than the usual ones. */
export function WikiFields({ names, onChange, error }: Props): ReactNode {
  return (
    <details open={errorAt(error, '/events') !== undefined || errorAt(error, '/properties') !== undefined}>
      <summary>Events and properties have other names here</summary>
      <div className="stack details-body">
        <NameFields
          title="Events are called"
          names={EVENTS}
          values={names.events}
          onChange={(events) => onChange({ ...names, events })}
          at="/events"
          error={error}
        />
        <NameFields
          title="Their properties are called"
          names={PROPERTIES}
          values={names.properties}
          onChange={(properties) => onChange({ ...names, properties })}
          at="/properties"
          error={error}
        />
      </div>
    </details>
  );
}

interface NameFieldsProps {
  readonly title: string;
  readonly names: readonly string[];
  readonly values: Names;
  readonly onChange: (values: Names) => void;
  readonly at: string;
  readonly error: unknown;
}

function NameFields({ title, names, values, onChange, at, error }: NameFieldsProps): ReactNode {
  return (
    <fieldset className="fieldset">
      <legend>{title}</legend>
      <div className="grid-fields">
        {names.map((name) => (
          <TextField
            key={name}
            label={name}
            placeholder={name}
            value={values[name] ?? ''}
            onChange={(value) => onChange({ ...values, [name]: value })}
            error={errorAt(error, `${at}/${name}`)}
          />
        ))}
      </div>
    </fieldset>
  );
}
