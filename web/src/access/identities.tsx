import type { ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { unwrapNothing, useChange } from '../api/changes.js';
import { useSignedIn } from '../app/session-context.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { Instant } from '../parts/instant.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Waiting } from '../parts/waiting.js';

/** Providers that sign the person in, and those that may. */
export function Identities(): ReactNode {
  const { account } = useSignedIn();
  const identities = useQuery({
    queryKey: ['identities'],
    queryFn: async () => unwrap(await api.GET('/v1/session/identities')),
  });
  const { data: ways } = useQuery({
    queryKey: ['sign-in-ways', account],
    queryFn: async () => unwrap(await api.GET('/v1/sign-in-ways', { params: { query: { account } } })),
    staleTime: Infinity,
  });
  const unlink = useChange(
    async (id: string) => unwrapNothing(await api.DELETE('/v1/session/identities/{id}', { params: { path: { id } } })),
    { changes: [['identities']] },
  );
  const link = useChange(
    async (provider: string) =>
      unwrap(await api.POST('/v1/session/identities', { body: { provider, return_to: '/account/you' } })),
    { changes: [], onDone: ({ url }) => window.location.assign(url) },
  );
  const failure = unlink.error ?? link.error;
  const rows = identities.data?.data ?? [];
  const providers = ways?.providers ?? [];
  if (identities.isPending) return <Waiting what="Reading your identities" />;
  if (identities.error !== null) {
    return <ProblemNote error={identities.error} onRetry={() => void identities.refetch()} />;
  }
  return (
    <>
      {failure !== null && <ProblemNote error={failure} />}
      {rows.length === 0 ? (
        <Empty title="You sign in by password alone">
          {providers.length === 0
            ? 'Where an owner or admin sets up a provider of sign-in, you can link it here.'
            : 'Link a provider, and sign in by it from then on.'}
        </Empty>
      ) : (
        <DataTable
          label="Linked identities"
          rows={rows}
          keyOf={({ id }) => id}
          columns={[
            { label: 'Provider', cell: ({ issuer }) => issuer },
            { label: 'Address there', cell: ({ email }) => email ?? 'not told' },
            { label: 'Linked', cell: ({ created_at }) => <Instant at={created_at} /> },
            {
              label: '',
              cell: ({ id }) => (
                <div className="actions">
                  <button
                    type="button"
                    className="button button-small"
                    disabled={unlink.isPending}
                    onClick={() => unlink.mutate(id)}
                  >
                    Unlink
                  </button>
                </div>
              ),
            },
          ]}
        />
      )}
      {providers.length > 0 && (
        <div className="row">
          {providers.map(({ id, name }) => (
            <button key={id} type="button" className="button" disabled={link.isPending} onClick={() => link.mutate(id)}>
              Link {name}
            </button>
          ))}
        </div>
      )}
    </>
  );
}
