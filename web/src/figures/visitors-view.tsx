import { useMemo, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useQuery } from '@tanstack/react-query';
import { unwrap, type Answer } from '@muster/client';
import { api } from '../api/api.js';
import { useProperty } from '../app/property.js';
import { Empty } from '../parts/empty.js';
import { Facts } from '../parts/facts.js';
import { SelectField, TextField } from '../parts/field.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { Waiting } from '../parts/waiting.js';
import { PictureFrame } from '../read/picture-frame.js';
import { formatCount } from '../text/format.js';
import { dayBefore } from './day-before.js';
import { visitorsOf, visitorTable } from './visitor-tables.js';

const INTERVALS = ['hour', 'day', 'week', 'month'] as const;
const SHOWN_DAYS = 14;
const WAIT_SECONDS = 30;
const LINES = { label: 'Lines', draw: async () => (await import('../read/draw/series.js')).drawLines };

/** How many different users had an event, by period, and by what they came with. */
export default function VisitorsView(): ReactNode {
  const { property, grants, at } = useProperty();
  const [event, setEvent] = useAddressPart('event');
  const [by, setBy] = useAddressPart('by');
  const [askedFrom, setFrom] = useAddressPart('from');
  const [askedTo, setTo] = useAddressPart('to');
  const [askedInterval, setInterval] = useAddressPart('interval');
  const interval = INTERVALS.find((one) => one === askedInterval) ?? 'day';
  const from = askedFrom === '' ? dayBefore(new Date(), SHOWN_DAYS) : askedFrom;
  const to = askedTo === '' ? dayBefore(new Date(), -1) : askedTo;
  const query = { from, to, interval, ...(event !== '' && { event }), ...(by !== '' && { by, top: '7' }) };
  const { data, error, refetch } = useQuery({
    queryKey: ['visitors', property.id, query],
    queryFn: async ({ signal }) =>
      unwrap(
        await api.GET('/v1/properties/{property}/visitors', {
          params: { path: { property: property.id }, query: { ...query, wait: WAIT_SECONDS } },
          signal,
        }),
      ) as Answer,
    refetchInterval: ({ state }) =>
      state.data !== undefined && ['queued', 'running'].includes(state.data.status) ? 1_000 : false,
    placeholderData: (known) => known,
  });
  const table = useMemo(() => (data === undefined ? null : visitorTable(data, by === '' ? '' : by)), [data, by]);
  const isReady = data?.status === 'succeeded';
  return (
    <>
      <PageHead
        title="Visitors"
        lead="How many different users came, by period. Who comes in two periods counts in both, and once in the whole time."
        actions={
          grants.has('people:read') && (
            <Link className="button" href={at('sessions')}>
              Sessions of a day
            </Link>
          )
        }
      />
      <search className="filters">
        <TextField label="Events" type="search" placeholder="any; $page, $click" value={event} onChange={setEvent} />
        <TextField label="Divided by" type="search" placeholder="$source, trait:country" value={by} onChange={setBy} />
        <TextField label="From" type="date" value={from} onChange={setFrom} />
        <TextField label="Before" type="date" value={to} onChange={setTo} />
        <SelectField<(typeof INTERVALS)[number]>
          label="By"
          value={interval}
          options={INTERVALS.map((value) => ({ value, label: value }))}
          onChange={(value) => setInterval(value === 'day' ? '' : value)}
        />
      </search>
      {error !== null && <ProblemNote error={error} onRetry={() => void refetch()} />}
      {!isReady && error === null && <Waiting what="Counting visitors" />}
      {isReady && table !== null && (
        <>
          <Facts isLarge facts={[['In the whole time', formatCount(visitorsOf(data.aggregates) ?? 0)]]} />
          {(visitorsOf(data.aggregates) ?? 0) === 0 ? (
            <Empty title="Nobody came in this time">
              Choose an earlier day or any event. Where no page has the tracker yet:{' '}
              <Link href={at('tracker')}>put it into one</Link>.
            </Empty>
          ) : (
            <PictureFrame
              picture={LINES}
              table={table}
              name={`Visitors by ${interval}${by === '' ? '' : ` and ${by}`}`}
              frame={{ measure: 'visitors', isShare: false, timeZone: property.time_zone }}
            />
          )}
          <p className="soft">
            Periods of {property.time_zone}. It is a question like any other:{' '}
            <Link href={at(`requests/${data.id}`)}>all of its answer</Link>.
          </p>
        </>
      )}
    </>
  );
}
