import type { ReactNode } from 'react';
import type { components } from '@muster/client';
import { api } from '../api/api.js';
import { unwrapNothing, useChange } from '../api/changes.js';
import { ConfirmDialog } from '../parts/confirm-dialog.js';
import { Instant } from '../parts/instant.js';

type Key = components['schemas']['Key'];

/** Ends a key at once. */
export function RevokeKey({ of: key, onClose }: { readonly of: Key; readonly onClose: () => void }): ReactNode {
  const revoke = useChange(
    async () => unwrapNothing(await api.DELETE('/v1/account/keys/{id}', { params: { path: { id: key.id } } })),
    { changes: [['keys']], onDone: onClose },
  );
  return (
    <ConfirmDialog
      title={`Revoke ${key.name}`}
      action="Revoke the key"
      typed={key.name}
      change={revoke}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    >
      <p>
        Whoever calls with it is refused from the next call on. There is no way back. It was used last:{' '}
        <Instant at={key.last_used_at} />.
      </p>
    </ConfirmDialog>
  );
}
