import type { ReactNode } from 'react';
import { Field } from './field.js';

interface Props {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly rows?: number;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Several lines of text. */
export function TextAreaField({ label, hint, error, rows = 4, value, onChange }: Props): ReactNode {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <textarea
          {...ids}
          rows={rows}
          spellCheck={false}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
