import type { ReactNode } from 'react';
import type { Property } from '@muster/client';
import { CheckField } from '../parts/check-field.js';

interface Props {
  readonly properties: readonly Property[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
  readonly error: string | undefined;
}

/** In which properties something holds; none: in the account and all of them. */
export function PropertyChecks({ properties, chosen, onChange, error }: Props): ReactNode {
  return (
    <fieldset className="fieldset">
      <legend>Where</legend>
      <CheckField
        label="The account and all its properties, also later ones"
        isChecked={chosen.length === 0}
        onChange={(isAll) => onChange(isAll ? [] : properties.slice(0, 1).map(({ id }) => id))}
      />
      {properties.map(({ id, name }) => (
        <CheckField
          key={id}
          label={name}
          isChecked={chosen.includes(id)}
          onChange={(isIn) => onChange(isIn ? [...chosen, id] : chosen.filter((other) => other !== id))}
        />
      ))}
      {error !== undefined && <p className="field-error">{error}</p>}
    </fieldset>
  );
}
