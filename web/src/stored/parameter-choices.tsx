import type { ReactNode } from 'react';
import { errorAt } from '../parts/field-errors.js';
import { SelectField, TextField } from '../parts/field.js';
import type { Choice, Choices, Mode, Parameter } from './parameter-values.js';

interface Props {
  readonly parameters: readonly Parameter[];
  readonly choices: Choices;
  readonly onChange: (choices: Choices) => void;
  readonly error: unknown;
}

const MODES: readonly { readonly value: Mode; readonly label: string }[] = [
  { value: 'open', label: 'Open' },
  { value: 'default', label: 'Open, with a default' },
  { value: 'fixed', label: 'Fixed' },
];

/** For each parameter whether requests may give it, and with which value it is fixed or begins. */
export function ParameterChoices({ parameters, choices, onChange, error }: Props): ReactNode {
  if (parameters.length === 0) return <p className="soft">It has no parameters.</p>;
  return parameters.map((parameter) => (
    <OneParameter
      key={parameter.name}
      parameter={parameter}
      choice={choices[parameter.name] ?? { mode: 'open', text: parameter.standard }}
      onChange={(choice) => onChange({ ...choices, [parameter.name]: choice })}
      error={errorAt(error, `/fixed/${parameter.name}`) ?? errorAt(error, `/defaults/${parameter.name}`)}
    />
  ));
}

interface OneProps {
  readonly parameter: Parameter;
  readonly choice: Choice;
  readonly onChange: (choice: Choice) => void;
  readonly error: string | undefined;
}

function OneParameter({ parameter, choice, onChange, error }: OneProps): ReactNode {
  const { name, description, isRequired, standard } = parameter;
  return (
    <fieldset className="fieldset">
      <legend>
        <code>{name}</code>
      </legend>
      <p className="field-hint">{description}</p>
      <div className="grid-fields">
        <SelectField<Mode>
          label="In requests"
          value={choice.mode}
          options={MODES}
          onChange={(mode) => onChange({ ...choice, mode })}
        />
        {choice.mode === 'open' ? (
          <p className="field-hint parameter-standard">
            {isRequired && standard === ''
              ? 'Each request has to give it.'
              : `${standard === '' ? 'nothing' : standard} unless given`}
          </p>
        ) : (
          <TextField
            label="Value"
            hint="A text, a number, or JSON."
            value={choice.text}
            onChange={(text) => onChange({ ...choice, text })}
            error={error}
          />
        )}
      </div>
    </fieldset>
  );
}
