import { useMemo, type ReactNode } from 'react';
import { Link, useParams } from 'wouter';
import { useQuery } from '@tanstack/react-query';
import type { components } from '@muster/client';
import { api } from '../api/api.js';
import { unwrapPage } from '../api/pages.js';
import { useProperty } from '../app/property.js';
import { Empty } from '../parts/empty.js';
import { Facts } from '../parts/facts.js';
import { SelectField } from '../parts/field.js';
import { Instant } from '../parts/instant.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { Waiting } from '../parts/waiting.js';
import { PictureFrame } from '../read/picture-frame.js';
import { formatCount, formatNumber } from '../text/format.js';
import { SavePlot } from './save-plot.js';
import { DIVISIONS, trackableTable, type Division } from './trackable-tables.js';
import { ALIASES, useTrackable, type Aliases, type Type } from './use-trackable.js';

const BARS = { label: 'Bars', draw: async () => (await import('./draw-parts.js')).drawParts };
const ALIAS_WORDS: Readonly<Record<Aliases, string>> = {
  include: 'all users',
  exclude: 'users without an alias',
  only: 'users with an alias',
};

/** One trackable by application, version, user or state, as bars and as a table; what is chosen is in the address. */
export default function TrackableView(): ReactNode {
  const { type: typeText = '', name: nameText = '' } = useParams<{ type: string; name: string }>();
  const type = typeText as Type;
  const name = decodeURIComponent(nameText);
  const { property, grants, at } = useProperty();
  const [askedBy, setBy] = useAddressPart('by');
  const [askedAliases, setAliases] = useAddressPart('aliases');
  const [application, setApplication] = useAddressPart('application');
  const divisions = DIVISIONS.filter(
    (one) => (one !== 'user' || grants.has('people:read')) && (one !== 'state' || type === 'state'),
  );
  const by = divisions.find((one) => one === askedBy) ?? (type === 'state' ? 'state' : 'application');
  const aliases = ALIASES.find((one) => one === askedAliases) ?? 'include';
  const { data: applications = [] } = useApplications(type, name);
  const { data, error, refetch } = useTrackable({ type, name, by, aliases, application, applications });
  const table = useMemo(() => (data === undefined ? null : trackableTable(data.all, by)), [data, by]);
  const title = `${name} by ${by}`;
  return (
    <>
      <PageHead
        title={name}
        lead={
          <>
            A {type}. <Link href={at('trackables')}>All trackables</Link>
          </>
        }
        actions={<SavePlot title={`${type} ${title}${application === '' ? '' : ` of ${application}`}`} />}
      />
      <search className="filters">
        <SelectField<Division>
          label="Divided by"
          value={by}
          options={divisions.map((value) => ({ value, label: value }))}
          onChange={setBy}
        />
        <SelectField
          label="Application"
          value={application}
          options={[
            { value: '', label: 'All' },
            ...[...new Set([...applications, ...(application === '' ? [] : [application])])].map((value) => ({
              value,
              label: value,
            })),
          ]}
          onChange={setApplication}
        />
        <SelectField<Aliases>
          label="Of whom"
          value={aliases}
          options={ALIASES.map((value) => ({ value, label: ALIAS_WORDS[value] }))}
          onChange={(value) => setAliases(value === 'include' ? '' : value)}
        />
      </search>
      {error !== null && <ProblemNote error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Waiting what="Counting" />}
      {data !== undefined && table !== null && (
        <>
          <Totals totals={data.totals} zone={property.time_zone} />
          {table.rows.length === 0 ? (
            <Empty title="Nobody fits">Choose all users, or any application.</Empty>
          ) : (
            <PictureFrame
              picture={BARS}
              table={table}
              name={title}
              frame={{ measure: by === 'state' ? 'users' : 'total', isShare: false, timeZone: property.time_zone }}
            />
          )}
          <p className="soft">
            The picture has the 40 largest, the table the first {formatCount(data.mostRead)} of each application. All of
            it as a file:{' '}
            <a href={data.file} download={`${name.replaceAll(/[^\w]+/g, '-')}.csv`}>
              CSV
            </a>
            .
          </p>
        </>
      )}
    </>
  );
}

interface TotalsProps {
  readonly totals: components['schemas']['TrackableTotals'];
  readonly zone: string;
}

function Totals({ totals: { users, events, total, added, last }, zone }: TotalsProps): ReactNode {
  return (
    <Facts
      isLarge
      facts={[
        ['Users', formatCount(users)],
        ['Events', formatCount(events)],
        ...(total === undefined ? [] : ([['Total', formatNumber(total)]] as const)),
        ...(added === undefined ? [] : ([['Added', formatNumber(added)]] as const)),
        ['Newest', <Instant key="last" at={last} zone={zone} />],
      ]}
    />
  );
}

/** The applications that have the trackable. */
function useApplications(type: Type, name: string) {
  const { property } = useProperty();
  return useQuery({
    queryKey: ['trackables', property.id, 'applications', type, name],
    queryFn: async () => {
      const query = { limit: 1000, type };
      const list = unwrapPage(
        await api.GET('/v1/properties/{property}/trackables', { params: { path: { property: property.id }, query } }),
      );
      return list.data.flatMap((one) => (one.name === name && one.application !== null ? [one.application] : []));
    },
  });
}
