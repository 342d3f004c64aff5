import { useState, type ReactNode } from 'react';
import { Combobox } from '../parts/combobox.js';
import { SelectField, TextField } from '../parts/field.js';
import { durationWords } from '../text/request-words.js';
import { useBodyField } from './form-context.js';
import { parameterValue, typedText, type ParameterField } from './parameter-fields.js';
import { propose, proposeLast, takeLast, useKnownNames } from './use-known-names.js';

const LABELS: Readonly<Record<string, string>> = {
  event: 'Event',
  where: 'Only events where',
  n: 'How many (n)',
  t: 'Within (t)',
};

/** One parameter of the metric, entered by its kind. */
export function ParameterInput({ field }: { readonly field: ParameterField }): ReactNode {
  const names = useKnownNames();
  const { value, set, error } = useBodyField('params', field.name);
  const event = useBodyField('params', 'event').value;
  const events = [event ?? []].flat().map(String);
  const [typed, setTyped] = useState<string | null>(null);
  const label = `${LABELS[field.name] ?? field.name}${field.isRequired ? ' (needed)' : ''}`;
  const own = typedText(field, field.ownDefault);
  const common = {
    label,
    error,
    hint: hintOf(field),
    placeholder: own === '' ? (field.kind === 'events' ? 'any event' : '') : own,
  };
  const text = typedText(field, value);
  const change = (next: string): void => set(parameterValue(field, next));
  switch (field.kind) {
    case 'events':
      // A name that is typed may hold a comma at its end for a moment: the text stays as it is typed.
      return (
        <Combobox
          {...common}
          value={typed !== null && typedText(field, parameterValue(field, typed)) === text ? typed : text}
          onChange={(next) => {
            setTyped(next);
            change(next);
          }}
          proposals={proposeLast(names.events)}
          take={takeLast}
        />
      );
    case 'property':
      return <Combobox {...common} value={text} onChange={change} proposals={propose(names.propertiesOf(events))} />;
    case 'choice':
      return (
        <SelectField
          {...common}
          value={text === '' ? own : text}
          options={field.choices.map((choice) => ({ value: choice, label: choice }))}
          onChange={(next) => set(next === own ? undefined : next)}
        />
      );
    case 'flag':
      return (
        <SelectField
          {...common}
          value={text === '' ? own : text}
          options={['true', 'false'].map((one) => ({ value: one, label: one === 'true' ? 'yes' : 'no' }))}
          onChange={(next) => set(next === own ? undefined : next === 'true')}
        />
      );
    default:
      return (
        <TextField
          {...common}
          value={typed !== null && typedText(field, parameterValue(field, typed)) === text ? typed : text}
          onChange={(next) => {
            setTyped(next);
            change(next);
          }}
        />
      );
  }
}

/** The first sentence says enough; a duration also what its default is. */
function hintOf({ kind, description, ownDefault }: ParameterField): string {
  const [first = ''] = description.split(/(?<=[.:;]) /);
  const sentence = first.replace(/[:;]$/, '.');
  return kind === 'duration' && typeof ownDefault === 'string'
    ? `${sentence} ${durationWords(ownDefault)} unless given.`
    : sentence;
}
