import { useMemo, type ReactNode } from 'react';
import type { Cohort, components } from '@muster/client';
import { api } from '../api/api.js';
import { cohortKey } from '../api/cohorts.js';
import { useList } from '../api/lists.js';
import { unwrapPage } from '../api/pages.js';
import { useProperty } from '../app/property.js';
import { UserLink } from '../app/user-link.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { Facts } from '../parts/facts.js';
import { SelectField } from '../parts/field.js';
import { FileLinks } from '../parts/file-links.js';
import { ListFrame } from '../parts/list-frame.js';
import { Section } from '../parts/section.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { formatCount } from '../text/format.js';

type Version = components['schemas']['CohortVersion'];
type Difference = components['schemas']['CohortDifference'];
type Change = Difference['data'][number];

const PAGE = 100;

interface Props {
  readonly cohort: Cohort;
  /** The newest first; more than one. */
  readonly versions: readonly Version[];
}

/** Who entered and who left between two versions that have members. */
export function Comparison({ cohort, versions }: Props): ReactNode {
  const { property } = useProperty();
  const known = useMemo(
    () => versions.filter(({ size }) => size !== null).map(({ version }) => String(version)),
    [versions],
  );
  const [askedTo, setTo] = useAddressPart('to');
  const [askedFrom, setFrom] = useAddressPart('from');
  const to = known.find((one) => one === askedTo) ?? known[0];
  const from = known.find((one) => one === askedFrom) ?? known[1];
  if (from === undefined || to === undefined) {
    return (
      <Section title="Compare two versions">
        <Empty title="There is nothing to compare yet">Two versions that were evaluated can be compared.</Empty>
      </Section>
    );
  }
  const options = known.map((value) => ({ value, label: value }));
  return (
    <Section title="Compare two versions">
      <div className="filters">
        <SelectField label="Who came and went from version" value={from} options={options} onChange={setFrom} />
        <SelectField label="to version" value={to} options={options} onChange={setTo} />
      </div>
      <Changes key={`${from} ${to}`} cohort={cohort.id} property={property.id} from={from} to={to} />
    </Section>
  );
}

interface ChangesProps {
  readonly cohort: string;
  readonly property: string;
  readonly from: string;
  readonly to: string;
}

function Changes({ cohort, property, from, to }: ChangesProps): ReactNode {
  const key = [...cohortKey(property, cohort), 'difference', from, to];
  const list = useList<Change, Difference>(key, async (cursor, signal) => {
    const params = {
      path: { property, cohort },
      query: { limit: PAGE, from: Number(from), to: Number(to), ...cursor },
    };
    return unwrapPage(await api.GET('/v1/properties/{property}/cohorts/{cohort}/difference', { params, signal }));
  });
  const first = list.data?.pages[0];
  return (
    <ListFrame
      list={list}
      what="who came and went"
      empty={<Empty title="Nobody came or went">Both versions have the same members.</Empty>}
    >
      {(rows) => (
        <>
          {first !== undefined && (
            <Facts
              isLarge
              facts={[
                ['Entered', formatCount(first.entered)],
                ['Left', formatCount(first.left)],
              ]}
            />
          )}
          <FileLinks
            label="All of them as a file"
            href={`/v1/properties/${property}/cohorts/${cohort}/difference`}
            query={{ from, to }}
          />
          <DataTable
            label="Who came and went"
            rows={rows}
            keyOf={({ user }) => user}
            columns={[
              { label: 'User', cell: ({ user }) => <UserLink user={user} /> },
              {
                label: 'Change',
                cell: ({ change }) => (
                  <span className={change === 'entered' ? 'badge badge-good' : 'badge badge-warn'}>{change}</span>
                ),
              },
            ]}
          />
        </>
      )}
    </ListFrame>
  );
}
