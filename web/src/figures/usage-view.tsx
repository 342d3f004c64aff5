import { useMemo, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { components } from '@muster/client';
import { api } from '../api/api.js';
import { useList } from '../api/lists.js';
import { unwrapPage } from '../api/pages.js';
import { useProperty } from '../app/property.js';
import { Empty } from '../parts/empty.js';
import { SelectField, TextField } from '../parts/field.js';
import { ListFrame } from '../parts/list-frame.js';
import { PageHead } from '../parts/page-title.js';
import { Section } from '../parts/section.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { PictureFrame } from '../read/picture-frame.js';
import { UsageMarks } from './usage-marks.js';
import { categoriesOf, usageTable } from './usage-tables.js';

type Period = components['schemas']['UsagePeriod'];

const INTERVALS = ['base', 'day', 'month', 'year'] as const;
const STACKED = { label: 'Stacked', draw: async () => (await import('../read/draw/series.js')).drawStacked };

/** What is used how often, by period and category: counters without users. */
export default function UsageView(): ReactNode {
  const { property, at } = useProperty();
  const [askedInterval, setInterval] = useAddressPart('interval');
  const [category, setCategory] = useAddressPart('category');
  const [from, setFrom] = useAddressPart('from');
  const [to, setTo] = useAddressPart('to');
  const interval = INTERVALS.find((one) => one === askedInterval) ?? 'day';
  const query = { interval, ...(from !== '' && { from }), ...(to !== '' && { to }) };
  const list = useList<Period>(['usage', property.id, query], async (cursor, signal) =>
    unwrapPage(
      await api.GET('/v1/properties/{property}/usage', {
        params: { path: { property: property.id }, query: { limit: 62, ...query, ...cursor } },
        signal,
      }),
    ),
  );
  const periods = useMemo(() => list.data?.pages.flatMap(({ data }) => data) ?? [], [list.data]);
  const categories = categoriesOf(periods);
  const table = useMemo(() => usageTable(periods, category, new Date()), [periods, category]);
  const file = new URLSearchParams({ ...query, format: 'csv', ...(category !== '' && { category }) });
  return (
    <>
      <PageHead
        title="Usage counters"
        lead="What is used how often, without personal data: counts by category, distinct visitors a day, marks in time."
        actions={
          <Link className="button" href={at('usage/settings')}>
            What is kept
          </Link>
        }
      />
      <search className="filters">
        <SelectField<(typeof INTERVALS)[number]>
          label="By"
          value={interval}
          options={INTERVALS.map((value) => ({ value, label: value === 'base' ? 'shortest period' : value }))}
          onChange={(value) => setInterval(value === 'day' ? '' : value)}
        />
        <SelectField
          label="Category"
          value={category}
          options={[
            { value: '', label: 'All that count' },
            ...[...new Set([...categories, ...(category === '' ? [] : [category])])].map((value) => ({
              value,
              label: value,
            })),
          ]}
          onChange={setCategory}
        />
        <TextField label="From" type="date" value={from} onChange={setFrom} />
        <TextField label="Before" type="date" value={to} onChange={setTo} />
      </search>
      <ListFrame
        list={list}
        what="the counters"
        empty={
          <Empty title="Nothing was counted">
            Programs count by <code>POST /v1/properties/{property.slug}/usage</code>, or by the UsageCounter of the
            client.
          </Empty>
        }
      >
        {() => (
          <>
            {table.rows.length === 0 ? (
              <Empty title="Nothing of this category">Choose another category, or an earlier day.</Empty>
            ) : (
              <PictureFrame
                picture={STACKED}
                table={table}
                name={category === '' ? `Counts by ${interval} and category` : `${category} by ${interval}`}
                frame={{ measure: 'counts', isShare: false, timeZone: property.time_zone }}
              />
            )}
            <p className="soft">
              Periods of {property.time_zone}. All counts as a file:{' '}
              <a href={`/v1/properties/${property.id}/usage?${file}`} download={`usage-${property.slug}.csv`}>
                CSV
              </a>
              .
            </p>
          </>
        )}
      </ListFrame>
      <Section title="Marks" lead="Points in time, such as a release.">
        <UsageMarks />
      </Section>
    </>
  );
}
