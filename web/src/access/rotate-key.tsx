import { useState, type ReactNode } from 'react';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { ChangeForm } from '../parts/change-form.js';
import { Dialog } from '../parts/dialog.js';
import { errorAt } from '../parts/field-errors.js';
import { SelectField } from '../parts/field.js';
import { SecretBox } from '../parts/secret-box.js';

type Key = components['schemas']['Key'];

const OVERLAPS = [
  { value: 'P1D', label: 'a day' },
  { value: 'PT1H', label: 'an hour' },
  { value: 'P7D', label: 'a week' },
  { value: 'P30D', label: '30 days' },
  { value: 'PT0S', label: 'not at all: programs stop until they have the new one' },
] as const;

/** Makes a second secret of the same key, beside which the first is taken for a while. */
export function RotateKey({ of: key, onClose }: { readonly of: Key; readonly onClose: () => void }): ReactNode {
  const [overlap, setOverlap] = useState<string>('P1D');
  const rotate = useChange(
    async () =>
      unwrap(await api.POST('/v1/account/keys/{id}/rotate', { params: { path: { id: key.id } }, body: { overlap } })),
    { changes: [['keys']] },
  );
  return (
    <Dialog title={`Rotate ${key.name}`} onClose={onClose}>
      {rotate.data === undefined ? (
        <ChangeForm
          action="Make a new secret"
          what="The key is as before"
          change={rotate}
          onSubmit={() => rotate.mutate()}
          onCancel={onClose}
        >
          <SelectField
            label="How long the old secret is taken beside the new one"
            value={overlap}
            options={OVERLAPS}
            onChange={setOverlap}
            error={errorAt(rotate.error, '/overlap')}
          />
        </ChangeForm>
      ) : (
        <SecretBox label="New secret" secret={rotate.data.secret}>
          <button type="button" className="button button-small" onClick={onClose}>
            Done
          </button>
        </SecretBox>
      )}
    </Dialog>
  );
}
