import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { components } from '@muster/client';
import { api } from '../api/api.js';
import { useList } from '../api/lists.js';
import { unwrapPage } from '../api/pages.js';
import { useProperty } from '../app/property.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { TextField } from '../parts/field.js';
import { Instant } from '../parts/instant.js';
import { ListFrame } from '../parts/list-frame.js';
import { PageHead } from '../parts/page-title.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { formatCount, formatMs } from '../text/format.js';

type DaySession = components['schemas']['DaySession'];

/** The sessions that began on a day, of the time zone of the property. */
export default function SessionsView(): ReactNode {
  const { property, at } = useProperty();
  const [day, setDay] = useAddressPart('day');
  const query: { readonly day?: string } = day === '' ? {} : { day };
  const list = useList<DaySession>(['day-sessions', property.id, day], async (cursor, signal) =>
    unwrapPage(
      await api.GET('/v1/properties/{property}/sessions', {
        params: { path: { property: property.id }, query: { limit: 200, ...query, ...cursor } },
        signal,
      }),
    ),
  );
  const file = (format: string): string =>
    `/v1/properties/${property.id}/sessions?${new URLSearchParams({ ...(day !== '' && { day }), format })}`;
  return (
    <>
      <PageHead
        title="Sessions of a day"
        lead={<Link href={at('visitors')}>Visitors</Link>}
        actions={
          <a className="button" href={file('csv')} download={`sessions-${property.slug}.csv`}>
            Save as CSV
          </a>
        }
      />
      <search className="filters">
        <TextField
          label={`Day (${property.time_zone})`}
          type="date"
          hint="Empty: today."
          value={day}
          onChange={setDay}
        />
      </search>
      <ListFrame
        list={list}
        what="the sessions"
        empty={
          <Empty title="No session began on this day">
            A session is what the tracker sends with one <code>$session</code>. Choose another day.
          </Empty>
        }
      >
        {(rows) => (
          <DataTable
            label="Sessions"
            rows={rows}
            keyOf={({ session, start }) => `${session} ${start}`}
            columns={[
              { label: 'Began', cell: ({ start }) => <Instant at={start} zone={property.time_zone} /> },
              {
                label: 'Lasted',
                isNumber: true,
                cell: ({ start, end }) => formatMs(new Date(end).getTime() - new Date(start).getTime()),
              },
              { label: 'Pages', isNumber: true, cell: ({ pages }) => formatCount(pages) },
              { label: 'Events', isNumber: true, cell: ({ events }) => formatCount(events) },
              { label: 'Source', cell: ({ source }) => source ?? <span className="soft">none</span> },
              { label: 'User', cell: ({ user }) => <code>{user}</code> },
              { label: 'Session', cell: ({ session }) => <code>{session}</code> },
            ]}
          />
        )}
      </ListFrame>
    </>
  );
}
