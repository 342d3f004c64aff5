import { useState, type ReactNode } from 'react';
import { Link, useParams } from 'wouter';
import { useQuery } from '@tanstack/react-query';
import { unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { useProperty } from '../app/property.js';
import { DataTable } from '../parts/data-table.js';
import { Facts } from '../parts/facts.js';
import { Instant } from '../parts/instant.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Section } from '../parts/section.js';
import { Waiting } from '../parts/waiting.js';
import { formatCount } from '../text/format.js';
import { BatchState } from './batch-state.js';
import { UndoBatch } from './undo-batch.js';

/** One batch: what was in it, and the way to take it back. */
export default function BatchView(): ReactNode {
  const { seq: text = '' } = useParams<{ seq: string }>();
  const seq = Number(text);
  const { property, grants, at } = useProperty();
  const [isUndoing, setUndoing] = useState(false);
  const {
    data: batch,
    error,
    refetch,
  } = useQuery({
    queryKey: ['batches', property.id, 'one', seq],
    queryFn: async () =>
      unwrap(
        await api.GET('/v1/properties/{property}/batches/{seq}', {
          params: { path: { property: property.id, seq: text } },
        }),
      ),
  });
  if (batch === undefined) {
    return (
      <>
        <PageHead title={`Batch ${text}`} />
        {error === null ? (
          <Waiting what="Reading the batch" />
        ) : (
          <ProblemNote error={error} onRetry={() => void refetch()} />
        )}
      </>
    );
  }
  const zone = property.time_zone;
  const canUndo = batch.kind !== 'deletion' && batch.state === 'stored' && grants.has('property:write');
  return (
    <>
      <PageHead
        title={`Batch ${formatCount(seq)}`}
        lead={<Link href={at('batches')}>All batches</Link>}
        actions={
          canUndo && (
            <button type="button" className="button button-bad" onClick={() => setUndoing(true)}>
              Take it back…
            </button>
          )
        }
      />
      <Facts
        isLarge
        facts={[
          ['New', formatCount(batch.accepted)],
          ['There before', formatCount(batch.duplicates)],
          ['Of these, with other properties', formatCount(batch.conflicting)],
          ['Refused', formatCount(batch.rejected)],
        ]}
      />
      <Facts
        facts={[
          ['Kind', batch.kind],
          ['State', <BatchState key="state" state={batch.state} />],
          ['Came', <Instant key="came" at={batch.received_at} zone={zone} />],
          ['First event', <Instant key="first" at={batch.first_event_at} zone={zone} none="none" />],
          ['Last event', <Instant key="last" at={batch.last_event_at} zone={zone} none="none" />],
          ['Sent by', <code key="by">{batch.api_key ?? 'the tracker'}</code>],
          ...(batch.deletes === null
            ? []
            : ([
                ['Took back', <Link key="d" href={at(`batches/${batch.deletes}`)}>{`batch ${batch.deletes}`}</Link>],
              ] as const)),
          ...(batch.deleted_by === null
            ? []
            : ([
                [
                  'Taken back by',
                  <Link key="b" href={at(`batches/${batch.deleted_by}`)}>{`batch ${batch.deleted_by}`}</Link>,
                ],
              ] as const)),
        ]}
      />
      {batch.stream !== batch.seq && (
        <p>
          It is part of a longer body: <Link href={`${at('batches')}?stream=${batch.stream}`}>all its batches</Link>.
        </p>
      )}
      {(batch.columns ?? []).length > 0 && (
        <Section title={batch.kind === 'users' ? 'Traits' : 'Properties of its events'}>
          <DataTable
            label="Columns of the batch"
            rows={batch.columns ?? []}
            keyOf={({ name }) => name}
            columns={[
              { label: 'Name', cell: ({ name }) => name },
              { label: 'Came as', cell: ({ types }) => types.join(' or ') },
            ]}
          />
        </Section>
      )}
      {isUndoing && <UndoBatch batch={batch} onClose={() => setUndoing(false)} />}
    </>
  );
}
