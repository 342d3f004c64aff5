import type { ReactNode } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useProperties } from '../api/properties.js';
import { ConfirmDialog } from '../parts/confirm-dialog.js';
import { formatCount } from '../text/format.js';

interface Props {
  readonly account: components['schemas']['Account'];
  readonly onClose: () => void;
}

/** Deletes the account with all that it owns, after its name was typed; who did it is signed out by that. */
export function DeleteAccount({ account, onClose }: Props): ReactNode {
  const client = useQueryClient();
  const { data: properties = [] } = useProperties();
  const remove = useChange(
    async () => unwrap(await api.DELETE('/v1/account', { params: { query: { confirm: account.id } } })),
    // The session has ended: what was read is nobody's any more.
    { changes: [], onDone: () => void client.resetQueries() },
  );
  return (
    <ConfirmDialog
      title={`Delete ${account.name}`}
      action="Delete it for good"
      typed={account.name}
      change={remove}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>
        Every key, session, invitation and member ends with it at once, yours too. Persons who are in no other account
        are forgotten. <strong>There is no way back.</strong>
      </p>
      {properties.length > 0 && (
        <>
          <p>
            {formatCount(properties.length)} {properties.length === 1 ? 'property goes' : 'properties go'} with all
            events, users, cohorts and answers:
          </p>
          <ul>
            {properties.map(({ id, name }) => (
              <li key={id}>{name}</li>
            ))}
          </ul>
        </>
      )}
    </ConfirmDialog>
  );
}
