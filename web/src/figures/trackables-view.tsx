import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { components } from '@muster/client';
import { api } from '../api/api.js';
import { useList } from '../api/lists.js';
import { unwrapPage } from '../api/pages.js';
import { useProperty } from '../app/property.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { SelectField, TextField } from '../parts/field.js';
import { Instant } from '../parts/instant.js';
import { ListFrame } from '../parts/list-frame.js';
import { PageHead } from '../parts/page-title.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { everyOf } from '../text/every-of.js';
import { formatCount } from '../text/format.js';
import { SavedPlots } from './saved-plots.js';

type Trackable = components['schemas']['Trackable'];
type Type = Trackable['type'];

const TYPES = everyOf<Type>({ statistic: true, state: true, timer: true, sequence: true });

/** What applications track of their users: statistics, states, timers and sequences. */
export default function TrackablesView(): ReactNode {
  const { property, at } = useProperty();
  const [askedType, setType] = useAddressPart('type');
  const [application, setApplication] = useAddressPart('application');
  const type = TYPES.find((one) => one === askedType);
  const query = { ...(type && { type }), ...(application !== '' && { application }) };
  const list = useList<Trackable>(['trackables', property.id, query], async (cursor, signal) =>
    unwrapPage(
      await api.GET('/v1/properties/{property}/trackables', {
        params: { path: { property: property.id }, query: { limit: 200, ...query, ...cursor } },
        signal,
      }),
    ),
  );
  return (
    <>
      <PageHead
        title="Trackables"
        lead="What applications track of their users: statistics, states, timers and sequences."
      />
      <SavedPlots />
      <search className="filters">
        <SelectField<Type | ''>
          label="Type"
          value={type ?? ''}
          options={[{ value: '', label: 'Any' }, ...TYPES.map((value) => ({ value, label: value }))]}
          onChange={setType}
        />
        <TextField label="Application" type="search" value={application} onChange={setApplication} />
      </search>
      <ListFrame
        list={list}
        what="the trackables"
        empty={
          <Empty title="Nothing is tracked here">
            {type === undefined && application === ''
              ? 'Applications send statistics, states, timers and sequences by the tracker or the app tracker.'
              : 'Another type, or any application, finds more.'}
          </Empty>
        }
      >
        {(rows) => (
          <DataTable
            label="Trackables"
            rows={rows}
            keyOf={(one) => `${one.type} ${one.name} ${one.application ?? ''}`}
            columns={[
              {
                label: 'Name',
                cell: (one) => (
                  <Link href={at(`trackables/${one.type}/${encodeURIComponent(one.name)}`)}>{one.name}</Link>
                ),
              },
              { label: 'Type', cell: (one) => one.type },
              { label: 'Application', cell: (one) => one.application ?? <span className="soft">none named</span> },
              { label: 'Users', isNumber: true, cell: ({ users }) => formatCount(users) },
              { label: 'Events', isNumber: true, cell: ({ events }) => formatCount(events) },
              { label: 'Newest', cell: ({ last }) => <Instant at={last} zone={property.time_zone} /> },
            ]}
          />
        )}
      </ListFrame>
    </>
  );
}
