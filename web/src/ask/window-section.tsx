import type { ReactNode } from 'react';
import { useMetrics, useNamedMetrics } from '../api/catalogue.js';
import { useProperty } from '../app/property.js';
import { Combobox } from '../parts/combobox.js';
import { SelectField, TextField } from '../parts/field.js';
import { useBodyField, useForm } from './form-context.js';
import { proposeLast, takeLast, useKnownNames } from './use-known-names.js';
import { isObject, valueAt, withValue } from './request-body.js';

type Kind = 'none' | 'fixed' | 'since_birth';

/** When it is measured, of users born when, counted from which birth. */
export function WindowSection(): ReactNode {
  const { property } = useProperty();
  const { body, change } = useForm();
  const takes = useTakenWindow();
  const window = useBodyField('window');
  const kind = (valueAt(body, ['window', 'kind']) as Kind | undefined) ?? 'none';
  const births = valueAt(body, ['window', 'births']);
  const setKind = (next: Kind): void => {
    const kept = births === undefined ? {} : { births };
    const fresh = next === 'fixed' ? { from: '', to: '' } : { length: 'P30D' };
    change(withValue(body, ['window'], next === 'none' ? undefined : { kind: next, ...fresh, ...kept }));
  };
  if (takes === 'none') {
    return (
      <fieldset className="form-part">
        <legend>When</legend>
        <p className="soft">This metric looks back from the end of the data: it takes no window.</p>
        <AsOfField />
      </fieldset>
    );
  }
  return (
    <fieldset className="form-part">
      <legend>When</legend>
      <div className="form-grid">
        <SelectField<Kind>
          label="Window"
          value={kind}
          error={kind === 'none' ? window.error : undefined}
          options={[
            ...(takes === 'from_t' || kind === 'none'
              ? [{ value: 'none' as const, label: takes === 'from_t' ? 'As the metric says (t)' : 'Choose one' }]
              : []),
            ...(takes === 'fixed' ? [] : [{ value: 'since_birth' as const, label: 'Since each birth' }]),
            { value: 'fixed' as const, label: 'Between two days' },
          ]}
          onChange={setKind}
        />
        {kind === 'fixed' && (
          <>
            <DayField label="From" path={['window', 'from']} />
            <DayField label="To, not included" path={['window', 'to']} />
          </>
        )}
        {kind === 'since_birth' && (
          <>
            <DurationField label="Length" path={['window', 'length']} hint="P30D is 30 days, PT12H twelve hours." />
            <DurationField label="Begins after" path={['window', 'offset']} hint="From birth on unless given." />
            <AgeField />
          </>
        )}
        <AsOfField />
      </div>
      <BirthFields />
      {kind !== 'none' && (
        <div className="form-grid">
          <DayField
            label="Born from"
            path={['window', 'births', 'from']}
            hint="Narrows the users to those born then."
          />
          <DayField label="Born before" path={['window', 'births', 'to']} />
        </div>
      )}
      <p className="soft">Days are those of {property.time_zone}, the time zone of the property.</p>
    </fieldset>
  );
}

function useTakenWindow(): string {
  const { property } = useProperty();
  const { text } = useBodyField('metric');
  const { data: builtIns = [] } = useMetrics();
  const { data: named = [] } = useNamedMetrics(property.id);
  const found = named.find(({ name, id }) => [name, id].includes(text)) ?? builtIns.find(({ id }) => id === text);
  return found?.window ?? 'required';
}

interface PartProps {
  readonly label: string;
  readonly path: readonly string[];
  readonly hint?: string;
}

/** A day, or an instant: what is typed goes as it is. */
function DayField({ label, path, hint }: PartProps): ReactNode {
  const { text, setText, error } = useBodyField(...path);
  return <TextField label={label} hint={hint} placeholder="2026-01-31" value={text} onChange={setText} error={error} />;
}

function DurationField({ label, path, hint }: PartProps): ReactNode {
  const { text, setText, error } = useBodyField(...path);
  return <TextField label={label} hint={hint} placeholder="P30D" value={text} onChange={setText} error={error} />;
}

function AgeField(): ReactNode {
  const { text, set, error } = useBodyField('window', 'age');
  return (
    <SelectField
      label="Ages are"
      value={text === '' ? 'elapsed' : text}
      error={error}
      options={[
        { value: 'elapsed', label: 'elapsed time' },
        { value: 'calendar', label: 'calendar periods' },
      ]}
      onChange={(next) => set(next === 'elapsed' ? undefined : next)}
    />
  );
}

function AsOfField(): ReactNode {
  return <DayField label="Data before (as of)" path={['as_of']} hint="All data unless given." />;
}

function BirthFields(): ReactNode {
  const names = useKnownNames();
  const birth = useBodyField('birth');
  const event = useBodyField('birth', 'event');
  const kind = isObject(birth.value) && birth.value['kind'] === 'first_event' ? 'first_event' : 'registration';
  return (
    <div className="form-grid">
      <SelectField
        label="A user is born"
        value={kind}
        error={birth.error}
        options={[
          { value: 'registration', label: 'by registration' },
          { value: 'first_event', label: 'by a first event' },
        ]}
        onChange={(next) => birth.set(next === 'registration' ? undefined : { kind: next })}
      />
      {kind === 'first_event' && (
        <Combobox
          label="First event"
          placeholder="any event"
          value={[event.value ?? []].flat().join(', ')}
          error={event.error}
          onChange={event.setText}
          proposals={proposeLast(names.events)}
          take={takeLast}
        />
      )}
    </div>
  );
}
