import { useState, type ReactNode } from 'react';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { unwrapNothing, useChange } from '../api/changes.js';
import { useList } from '../api/lists.js';
import { grantsOf } from '../api/session.js';
import { useSignedIn } from '../app/session-context.js';
import { ConfirmDialog } from '../parts/confirm-dialog.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { ListFrame } from '../parts/list-frame.js';
import { PageHead } from '../parts/page-title.js';
import { IssuerDialog } from './issuer-dialog.js';

type Issuer = components['schemas']['TokenIssuer'];
type Open = { readonly what: 'new' } | { readonly what: 'change' | 'remove'; readonly issuer: Issuer };

/** Whose tokens programs use in place of a key. */
export default function IssuersView(): ReactNode {
  const canChange = grantsOf(useSignedIn()).has('account:write');
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  const list = useList<Issuer>(['token-issuers'], async (cursor, signal) =>
    unwrap(await api.GET('/v1/account/token-issuers', { params: { query: { limit: 100, ...cursor } }, signal })),
  );
  return (
    <>
      <PageHead
        title="Issuers of tokens"
        lead="Programs that have tokens (JWT) of an issuer, such as build servers, use them in place of a key."
        actions={
          canChange && (
            <button type="button" className="button button-main" onClick={() => setOpen({ what: 'new' })}>
              Add an issuer
            </button>
          )
        }
      />
      <ListFrame
        list={list}
        what="the issuers"
        empty={
          <Empty title="Programs call by keys alone">Add an issuer where programs have tokens of their own.</Empty>
        }
      >
        {(rows) => (
          <DataTable
            label="Issuers of tokens"
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              {
                label: 'Issuer',
                cell: ({ name, issuer }) => (
                  <>
                    {name}
                    <span className="under">{issuer}</span>
                  </>
                ),
              },
              { label: 'Audience', cell: ({ audience }) => <code>{audience}</code> },
              {
                label: 'Roles',
                cell: ({ claim, roles }) =>
                  roles.map(({ value, role }) => (
                    <div key={value}>
                      <code>
                        {claim}: {value}
                      </code>{' '}
                      is {role}
                    </div>
                  )),
              },
              { label: 'Signed by', cell: ({ algorithms }) => algorithms.join(', ') },
              ...(canChange
                ? [
                    {
                      label: '',
                      cell: (issuer: Issuer) => (
                        <div className="actions">
                          <button
                            type="button"
                            className="button button-small"
                            onClick={() => setOpen({ what: 'change', issuer })}
                          >
                            Change
                          </button>
                          <button
                            type="button"
                            className="button button-small button-bad"
                            onClick={() => setOpen({ what: 'remove', issuer })}
                          >
                            Remove
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
      {open?.what === 'new' && <IssuerDialog issuer={null} onClose={close} />}
      {open?.what === 'change' && <IssuerDialog issuer={open.issuer} onClose={close} />}
      {open?.what === 'remove' && <RemoveIssuer issuer={open.issuer} onClose={close} />}
    </>
  );
}

function RemoveIssuer({ issuer, onClose }: { readonly issuer: Issuer; readonly onClose: () => void }): ReactNode {
  const remove = useChange(
    async () =>
      unwrapNothing(await api.DELETE('/v1/account/token-issuers/{id}', { params: { path: { id: issuer.id } } })),
    { changes: [['token-issuers']], onDone: onClose },
  );
  return (
    <ConfirmDialog
      title={`Remove ${issuer.name}`}
      action="Remove it"
      typed={issuer.name}
      change={remove}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>Its tokens are refused from the next call on.</p>
    </ConfirmDialog>
  );
}
