import type { ReactNode } from 'react';
import type { components } from '@muster/client';
import { api } from '../api/api.js';
import { unwrapNothing, useChange } from '../api/changes.js';
import { ConfirmDialog } from '../parts/confirm-dialog.js';

interface Props {
  readonly provider: components['schemas']['Provider'];
  readonly onClose: () => void;
}

/** Ends the sign-in by a provider, and the sessions that it has begun. */
export function RemoveProvider({ provider, onClose }: Props): ReactNode {
  const remove = useChange(
    async () =>
      unwrapNothing(await api.DELETE('/v1/account/providers/{id}', { params: { path: { id: provider.id } } })),
    { changes: [['providers'], ['sign-in-ways']], onDone: onClose },
  );
  return (
    <ConfirmDialog
      title={`Remove ${provider.name}`}
      action="Remove it"
      typed={provider.name}
      change={remove}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>Nobody signs in by it any more, and the sessions that it has begun end. Members stay members.</p>
    </ConfirmDialog>
  );
}
