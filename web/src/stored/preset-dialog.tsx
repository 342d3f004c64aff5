import { useState, type ReactNode } from 'react';
import { unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useProperty } from '../app/property.js';
import { ChangeForm } from '../parts/change-form.js';
import { Dialog } from '../parts/dialog.js';
import { errorAt } from '../parts/field-errors.js';
import { TextField } from '../parts/field.js';

const EVENTS = ['edit', 'block', 'edit_click'] as const;
const PROPERTIES = ['bytes', 'namespace', 'page_id', 'parent_id', 'sha1', 'duration'] as const;

type Names = Readonly<Record<string, string>>;

/** Names the metrics of Wikimedia over the events of the property, all or none. */
export function PresetDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { property } = useProperty();
  const [events, setEvents] = useState<Names>({});
  const [properties, setProperties] = useState<Names>({});
  const add = useChange(
    async () =>
      unwrap(
        await api.POST('/v1/properties/{property}/metrics/presets/wikimedia', {
          params: { path: { property: property.id } },
          body: { events: filled(events), properties: filled(properties) },
        }),
      ),
    { changes: [['named-metrics', property.id]] },
  );
  if (add.data !== undefined) {
    const { created, metrics } = add.data;
    return (
      <Dialog title="The metrics of Wikimedia" onClose={onClose}>
        <p role="status">
          {created.length} of {metrics.length} are new. The others were there before.
        </p>
        <div className="row dialog-foot">
          <button type="button" className="button button-main" onClick={onClose}>
            Done
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="The metrics of Wikimedia" onClose={onClose}>
      <p>
        Edits, bytes, reverts, survival and the others of UserMetrics and Wikimetrics, over events of this property.
      </p>
      <ChangeForm
        action="Add them"
        what="No metric was added"
        change={add}
        onSubmit={() => add.mutate()}
        onCancel={onClose}
      >
        <NameFields
          title="Events are called"
          names={EVENTS}
          values={events}
          onChange={setEvents}
          at="/events"
          error={add.error}
        />
        <NameFields
          title="Their properties are called"
          names={PROPERTIES}
          values={properties}
          onChange={setProperties}
          at="/properties"
          error={add.error}
        />
      </ChangeForm>
    </Dialog>
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

function filled(names: Names): Record<string, string> {
  return Object.fromEntries(Object.entries(names).filter(([, name]) => name.trim() !== ''));
}
