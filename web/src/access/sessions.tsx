import { useState, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { unwrapNothing, useChange } from '../api/changes.js';
import { ConfirmDialog } from '../parts/confirm-dialog.js';
import { DataTable } from '../parts/data-table.js';
import { Instant } from '../parts/instant.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Waiting } from '../parts/waiting.js';
import { browserWords } from './browser-words.js';

/** Where the person is signed in, each with a way out. */
export function Sessions(): ReactNode {
  const [isEndingAll, setEndingAll] = useState(false);
  const sessions = useQuery({ queryKey: ['sessions'], queryFn: async () => unwrap(await api.GET('/v1/sessions')) });
  const end = useChange(
    async (id: string) => unwrapNothing(await api.DELETE('/v1/sessions/{id}', { params: { path: { id } } })),
    { changes: [['sessions']] },
  );
  const endOthers = useChange(async () => unwrapNothing(await api.DELETE('/v1/sessions')), {
    changes: [['sessions']],
    onDone: () => setEndingAll(false),
  });
  if (sessions.data === undefined) {
    if (sessions.error === null) return <Waiting what="Reading your sessions" />;
    return <ProblemNote error={sessions.error} onRetry={() => void sessions.refetch()} />;
  }
  const { data: rows } = sessions.data;
  return (
    <>
      {end.error !== null && <ProblemNote error={end.error} what="The session goes on" />}
      <DataTable
        label="Sessions"
        rows={rows}
        keyOf={({ id }) => id}
        columns={[
          {
            label: 'Browser',
            cell: ({ agent, current }) => (
              <span title={agent}>
                {browserWords(agent)} {current && <span className="badge badge-accent">this one</span>}
              </span>
            ),
          },
          { label: 'Network', cell: ({ network }) => <code>{network ?? 'not known'}</code> },
          { label: 'Began', cell: ({ created_at }) => <Instant at={created_at} /> },
          { label: 'Seen last', cell: ({ last_seen_at }) => <Instant at={last_seen_at} /> },
          {
            label: '',
            cell: ({ id, current }) =>
              !current && (
                <div className="actions">
                  <button
                    type="button"
                    className="button button-small"
                    disabled={end.isPending}
                    onClick={() => end.mutate(id)}
                  >
                    End it
                  </button>
                </div>
              ),
          },
        ]}
      />
      {rows.length > 1 && (
        <div>
          <button type="button" className="button" onClick={() => setEndingAll(true)}>
            End all others
          </button>
        </div>
      )}
      {isEndingAll && (
        <ConfirmDialog
          title="End all other sessions"
          action="End them"
          change={endOthers}
          onConfirm={() => endOthers.mutate()}
          onClose={() => setEndingAll(false)}
        >
          <p>You stay signed in here alone. Everywhere else the next call asks to sign in.</p>
        </ConfirmDialog>
      )}
    </>
  );
}
