import { useState, type ReactNode } from 'react';
import { CopyButton } from './copy-button.js';
import { TextField } from './field.js';

interface Props {
  readonly label: string;
  readonly secret: string;
  readonly children?: ReactNode;
}

/** Something that is told once: to be read, and to be copied. */
export function SecretBox({ label, secret, children }: Props): ReactNode {
  const [shown] = useState(secret);
  return (
    <div className="note note-warn stack">
      <p>
        <strong>Copy it now.</strong> It is stored nowhere, and cannot be shown again.
      </p>
      <TextField
        label={label}
        value={shown}
        readOnly
        className="secret"
        onChange={() => undefined}
        onFocus={(event) => event.target.select()}
      />
      <div className="row">
        <CopyButton label="Copy" text={() => shown} />
        {children}
      </div>
    </div>
  );
}
