import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { unwrap, type Property } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useList } from '../api/lists.js';
import { grantsOf } from '../api/session.js';
import { useSignedIn } from '../app/session-context.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { SelectField } from '../parts/field.js';
import { Instant } from '../parts/instant.js';
import { ListFrame } from '../parts/list-frame.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { DeleteProperty } from './delete-property.js';
import { Deletions } from './deletions.js';
import { NewProperty } from './new-property.js';

const SHOWN = [
  { value: '', label: 'In use' },
  { value: 'true', label: 'Put away' },
  { value: 'any', label: 'All' },
] as const;

type Shown = (typeof SHOWN)[number]['value'];

/** The properties of the account, also those that were put away, and those that are being deleted. */
export default function PropertiesView(): ReactNode {
  const session = useSignedIn();
  const canMake = grantsOf(session).has('property:write');
  const [asked, setShown] = useAddressPart('archived');
  const shown = SHOWN.find(({ value }) => value === asked)?.value ?? '';
  const [isMaking, setMaking] = useState(false);
  const [deleted, setDeleted] = useState<Property | null>(null);
  const list = useList<Property>(['properties', 'list', shown], async (cursor, signal) =>
    unwrap(
      await api.GET('/v1/properties', {
        params: { query: { limit: 100, ...(shown !== '' && { archived: shown }), ...cursor } },
        signal,
      }),
    ),
  );
  const restore = useChange(
    async (property: string) =>
      unwrap(await api.POST('/v1/properties/{property}/restore', { params: { path: { property } } })),
    { changes: [['properties']] },
  );
  const makeButton = canMake && (
    <button type="button" className="button button-main" onClick={() => setMaking(true)}>
      Make a property
    </button>
  );
  return (
    <>
      <PageHead
        title="Properties"
        lead="Areas of analysis: a site, an app, a wiki. Each has events, users and cohorts of its own."
        actions={makeButton}
      />
      <search className="filters">
        <SelectField<Shown> label="Which" value={shown} options={SHOWN} onChange={setShown} />
      </search>
      {restore.error !== null && <ProblemNote error={restore.error} what="The property stays put away" />}
      <ListFrame
        list={list}
        what="the properties"
        empty={
          <Empty title={shown === 'true' ? 'Nothing was put away' : 'No property yet'}>
            {shown === 'true'
              ? 'A property that is not used any more can be put away in its settings: it is read, and not written to.'
              : 'Make one, then send events to it.'}
          </Empty>
        }
      >
        {(rows) => (
          <DataTable
            label="Properties"
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              { label: 'Property', cell: (property) => <NameCell property={property} /> },
              { label: 'Time zone', cell: ({ time_zone }) => time_zone },
              { label: 'Week begins', cell: ({ week_start }) => week_start },
              { label: 'Made', cell: ({ created_at }) => <Instant at={created_at} /> },
              {
                label: '',
                cell: (property) =>
                  grantsOf(session, property.id).has('property:write') &&
                  (property.archived_at === null ? (
                    <div className="actions">
                      <Link className="button button-small" href={`/p/${property.slug}/settings`}>
                        Settings
                      </Link>
                    </div>
                  ) : (
                    <div className="actions">
                      <button
                        type="button"
                        className="button button-small"
                        disabled={restore.isPending}
                        onClick={() => restore.mutate(property.id)}
                      >
                        Take back
                      </button>
                      <button
                        type="button"
                        className="button button-small button-bad"
                        onClick={() => setDeleted(property)}
                      >
                        Delete
                      </button>
                    </div>
                  )),
              },
            ]}
          />
        )}
      </ListFrame>
      <Deletions />
      {isMaking && <NewProperty onClose={() => setMaking(false)} />}
      {deleted && (
        <DeleteProperty property={deleted} onDone={() => setDeleted(null)} onClose={() => setDeleted(null)} />
      )}
    </>
  );
}

function NameCell({ property }: { readonly property: Property }): ReactNode {
  const { name, slug, archived_at } = property;
  return (
    <>
      {archived_at === null ? <Link href={`/p/${slug}`}>{name}</Link> : name}{' '}
      {archived_at !== null && <span className="badge badge-warn">put away</span>}
      <span className="under">{slug}</span>
    </>
  );
}
