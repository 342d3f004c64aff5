import { useState, type ReactNode } from 'react';
import { MusterError } from '@muster/client';
import { api } from '../api/api.js';
import { unwrapNothing, useChange } from '../api/changes.js';
import { ChangeForm } from '../parts/change-form.js';
import { errorAt } from '../parts/field-errors.js';
import { TextField } from '../parts/field.js';

const SHORTEST_PASSWORD = 12;

/** Asks for the old password, and ends the other sessions. */
export function ChangePassword(): ReactNode {
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const change = useChange(
    async () => unwrapNothing(await api.PUT('/v1/session/password', { body: { old, new: next } })),
    {
      changes: [['sessions']],
      onDone: () => {
        setOld('');
        setNext('');
      },
    },
  );
  const isOldWrong = change.error instanceof MusterError && change.error.status === 401;
  return (
    <div className="narrow-form stack">
      <ChangeForm
        action="Change the password"
        what="The password is as before"
        change={change}
        onSubmit={() => change.mutate()}
      >
        <TextField
          label="Present password"
          type="password"
          autoComplete="current-password"
          required
          value={old}
          onChange={setOld}
          error={isOldWrong ? 'This is not your present password.' : errorAt(change.error, '/old')}
        />
        <TextField
          label="New password"
          type="password"
          autoComplete="new-password"
          minLength={SHORTEST_PASSWORD}
          required
          hint={`${SHORTEST_PASSWORD} characters at least. Your other sessions end.`}
          value={next}
          onChange={setNext}
          error={errorAt(change.error, '/new')}
        />
      </ChangeForm>
      {change.isSuccess && (
        <p className="note" role="status">
          The password is changed, and your other sessions have ended.
        </p>
      )}
    </div>
  );
}
