import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useList } from '../api/lists.js';
import { useProperty } from '../app/property.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { SelectField } from '../parts/field.js';
import { Instant } from '../parts/instant.js';
import { ListFrame } from '../parts/list-frame.js';
import { PageHead } from '../parts/page-title.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { everyOf } from '../text/every-of.js';
import { formatCount } from '../text/format.js';
import { BatchState } from './batch-state.js';

type Batch = components['schemas']['Batch'];
type Kind = Batch['kind'];

const KINDS = everyOf<Kind>({ events: true, users: true, deletion: true });

/** Everything that was sent, by its number: the newest first. */
export default function BatchesView(): ReactNode {
  const { property, at } = useProperty();
  const [asked, setKind] = useAddressPart('kind');
  const kind = KINDS.find((one) => one === asked);
  const [stream, setStream] = useAddressPart('stream');
  const list = useList<Batch>(
    ['batches', property.id, kind, stream],
    async (cursor, signal) =>
      unwrap(
        await api.GET('/v1/properties/{property}/batches', {
          params: {
            path: { property: property.id },
            query: { limit: 100, ...(kind && { kind }), ...(stream !== '' && { stream: Number(stream) }), ...cursor },
          },
          signal,
        }),
      ),
    { isUnderWay: (items) => items.some(({ state }) => state === 'open' || state === 'deleting') },
  );
  return (
    <>
      <PageHead title="Batches" lead="What was sent, body by body. A batch that was wrong is taken back as a whole." />
      <search className="filters">
        <SelectField<Kind | ''>
          label="Kind"
          value={kind ?? ''}
          options={[
            { value: '', label: 'Any' },
            { value: 'events', label: 'Events' },
            { value: 'users', label: 'Users' },
            { value: 'deletion', label: 'Taken back' },
          ]}
          onChange={setKind}
        />
      </search>
      {stream !== '' && (
        <p className="note row">
          The batches of one body, number {stream}.
          <button type="button" className="button button-small" onClick={() => setStream('')}>
            Show all
          </button>
        </p>
      )}
      <ListFrame
        list={list}
        what="the batches"
        empty={
          <Empty title="No batch is here">
            {kind === undefined ? (
              <>
                <Link href={at('tracker')}>Put the tracker into a page</Link>, or send events by a key.
              </>
            ) : (
              'Any kind shows more.'
            )}
          </Empty>
        }
      >
        {(rows) => (
          <DataTable
            label="Batches"
            rows={rows}
            keyOf={({ seq }) => seq}
            columns={[
              { label: 'Number', cell: ({ seq }) => <Link href={at(`batches/${seq}`)}>{formatCount(seq)}</Link> },
              {
                label: 'What',
                cell: ({ kind: what, deletes }) =>
                  what === 'deletion' ? `took back ${formatCount(deletes ?? 0)}` : what,
              },
              { label: 'State', cell: ({ state }) => <BatchState state={state} /> },
              { label: 'New', isNumber: true, cell: ({ accepted }) => formatCount(accepted) },
              { label: 'There before', isNumber: true, cell: ({ duplicates }) => formatCount(duplicates) },
              { label: 'Refused', isNumber: true, cell: ({ rejected }) => formatCount(rejected) },
              { label: 'Came', cell: ({ received_at }) => <Instant at={received_at} zone={property.time_zone} /> },
            ]}
          />
        )}
      </ListFrame>
    </>
  );
}
