import { useState, type ReactNode } from 'react';
import { unwrap, type components, type Property } from '@muster/client';
import { api } from '../api/api.js';
import { unwrapNothing, useChange } from '../api/changes.js';
import { useList } from '../api/lists.js';
import { ConfirmDialog } from '../parts/confirm-dialog.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { Instant } from '../parts/instant.js';
import { ListFrame } from '../parts/list-frame.js';
import { HeldCell } from './held-cell.js';

type Invitation = components['schemas']['Invitation'];

const LOOKS: Readonly<Record<Invitation['state'], string>> = {
  open: 'badge badge-accent',
  accepted: 'badge badge-good',
  expired: 'badge',
};

interface Props {
  readonly canChange: boolean;
  readonly properties: readonly Property[];
}

/** Who was invited, with what, and whether he has come. */
export function Invitations({ canChange, properties }: Props): ReactNode {
  const [revoked, setRevoked] = useState<Invitation | null>(null);
  const list = useList<Invitation>(['invitations'], async (cursor, signal) =>
    unwrap(await api.GET('/v1/account/invitations', { params: { query: { limit: 50, ...cursor } }, signal })),
  );
  return (
    <>
      <ListFrame
        list={list}
        what="the invitations"
        empty={
          <Empty title="Nobody was invited yet">An invitation is a link by which somebody becomes a member.</Empty>
        }
      >
        {(rows) => (
          <DataTable
            label="Invitations"
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              { label: 'Address', cell: ({ email }) => email ?? 'whoever has the link' },
              { label: 'State', cell: ({ state }) => <span className={LOOKS[state]}>{state}</span> },
              { label: 'May do', cell: (one) => <HeldCell held={one} properties={properties} /> },
              { label: 'Holds until', cell: ({ expires_at }) => <Instant at={expires_at} /> },
              ...(canChange
                ? [
                    {
                      label: '',
                      cell: (one: Invitation) =>
                        one.state === 'open' && (
                          <div className="actions">
                            <button
                              type="button"
                              className="button button-small button-bad"
                              onClick={() => setRevoked(one)}
                            >
                              Revoke
                            </button>
                          </div>
                        ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </ListFrame>
      {revoked && <RevokeInvitation invitation={revoked} onClose={() => setRevoked(null)} />}
    </>
  );
}

function RevokeInvitation(props: { readonly invitation: Invitation; readonly onClose: () => void }): ReactNode {
  const { invitation, onClose } = props;
  const revoke = useChange(
    async () =>
      unwrapNothing(await api.DELETE('/v1/account/invitations/{id}', { params: { path: { id: invitation.id } } })),
    { changes: [['invitations']], onDone: onClose },
  );
  return (
    <ConfirmDialog
      title="Revoke the invitation"
      action="Revoke it"
      change={revoke}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    >
      <p>The link that was sent to {invitation.email ?? 'whoever has it'} opens nothing any more.</p>
    </ConfirmDialog>
  );
}
