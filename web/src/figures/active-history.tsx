import { useMemo, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useProperty } from '../app/property.js';
import { Empty } from '../parts/empty.js';
import { SelectField, TextField } from '../parts/field.js';
import { ProblemNote } from '../parts/problem-note.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { Waiting } from '../parts/waiting.js';
import { PictureFrame } from '../read/picture-frame.js';
import { ACTIVE_FIGURE_WORDS, ACTIVE_FIGURES, activeTable, type ActiveFigure } from './active-tables.js';
import { dayBefore } from './day-before.js';

type History = components['schemas']['ActiveUsersHistory'];

const INTERVALS = ['hour', 'day', 'week', 'month'] as const;
const SHOWN_DAYS = 30;

const LINES = { label: 'Lines', draw: async () => (await import('../read/draw/series.js')).drawLines };

/** The figures at the end of each slice, as lines and as a table; what is asked is in the address. */
export function ActiveHistory(): ReactNode {
  const { property } = useProperty();
  const [askedFrom, setFrom] = useAddressPart('from');
  const [to, setTo] = useAddressPart('to');
  const [askedInterval, setInterval] = useAddressPart('interval');
  const [askedFigure, setFigure] = useAddressPart('figure');
  const interval = INTERVALS.find((one) => one === askedInterval) ?? 'day';
  const figure = ACTIVE_FIGURES.find((one) => one === askedFigure) ?? 'users';
  const from = askedFrom === '' ? dayBefore(new Date(), SHOWN_DAYS) : askedFrom;
  const { data, error, refetch } = useQuery({
    queryKey: ['active-users', property.id, from, to, interval],
    queryFn: async ({ signal }) =>
      unwrap(
        await api.GET('/v1/properties/{property}/active-users', {
          params: { path: { property: property.id }, query: { from, interval, ...(to !== '' && { to }) } },
          signal,
        }),
      ) as History,
    placeholderData: (known) => known,
  });
  const table = useMemo(() => (data === undefined ? null : activeTable(data.data, figure)), [data, figure]);
  const file = new URLSearchParams({ from, interval, ...(to !== '' && { to }), format: 'csv' });
  const isKnown = table?.rows.some((row) => row.at(-1) !== null) ?? false;
  return (
    <>
      <search className="filters">
        <TextField label="From" type="date" value={from} onChange={setFrom} />
        <TextField label="Before" type="date" value={to} onChange={setTo} />
        <SelectField<(typeof INTERVALS)[number]>
          label="A point for each"
          value={interval}
          options={INTERVALS.map((value) => ({ value, label: value }))}
          onChange={(value) => setInterval(value === 'day' ? '' : value)}
        />
        <SelectField<ActiveFigure>
          label="Figure"
          value={figure}
          options={ACTIVE_FIGURES.map((value) => ({ value, label: ACTIVE_FIGURE_WORDS[value] }))}
          onChange={(value) => setFigure(value === 'users' ? '' : value)}
        />
      </search>
      {error !== null && <ProblemNote error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Waiting what="Counting the past" />}
      {table !== null && !isKnown && (
        <Empty title="There is no figure of this time">
          {figure === 'connected'
            ? 'Connected are users with an open session: say in the settings which events begin and end one.'
            : 'Choose an earlier day, or send events first.'}
        </Empty>
      )}
      {table !== null && isKnown && (
        <>
          <PictureFrame
            picture={LINES}
            table={table}
            name={`${ACTIVE_FIGURE_WORDS[figure]} by ${interval}`}
            frame={{ measure: 'users', isShare: false, timeZone: property.time_zone }}
          />
          <p className="soft">
            Days of {property.time_zone}. All figures as a file:{' '}
            <a
              href={`/v1/properties/${property.id}/active-users?${file}`}
              download={`active-users-${property.slug}.csv`}
            >
              CSV
            </a>
            .
          </p>
        </>
      )}
    </>
  );
}
