import { useState, type ReactNode } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import type { components } from '@muster/client';
import { api } from '../api/api.js';
import { unwrapNothing, useChange } from '../api/changes.js';
import { SESSION } from '../api/session.js';
import { ConfirmDialog } from '../parts/confirm-dialog.js';
import { SelectField } from '../parts/field.js';

type Credentials = 'keep' | 'revoke';

interface Props {
  readonly member: components['schemas']['Member'];
  readonly isMe: boolean;
  readonly onClose: () => void;
}

/** Ends a membership; what the member has made for programs goes on or ends with it. */
export function RemoveMember({ member, isMe, onClose }: Props): ReactNode {
  const client = useQueryClient();
  const [credentials, setCredentials] = useState<Credentials>('keep');
  const remove = useChange(
    async () =>
      isMe
        ? unwrapNothing(await api.DELETE('/v1/account/members/me'))
        : unwrapNothing(
            await api.DELETE('/v1/account/members/{id}', {
              params: { path: { id: member.id }, query: { credentials } },
            }),
          ),
    {
      changes: [['members'], ['invitations'], ['keys']],
      onDone: () => {
        if (isMe) client.setQueryData(SESSION, null);
        onClose();
      },
    },
  );
  return (
    <ConfirmDialog
      title={isMe ? 'Leave the account' : `Remove ${member.email}`}
      action={isMe ? 'Leave' : 'Remove'}
      typed={member.email}
      change={remove}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {isMe ? (
        <p>You are signed out, and come back by another invitation only. The keys that you made go on.</p>
      ) : (
        <>
          <p>The sessions end with the next call, and open invitations are void.</p>
          <SelectField<Credentials>
            label="Keys and issuers of tokens that this person has made"
            value={credentials}
            options={[
              { value: 'keep', label: 'Keep: programs go on' },
              { value: 'revoke', label: 'Revoke: programs that use them stop' },
            ]}
            onChange={setCredentials}
          />
        </>
      )}
    </ConfirmDialog>
  );
}
