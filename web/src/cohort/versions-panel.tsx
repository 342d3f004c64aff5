import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { unwrap, type Cohort, type components } from '@muster/client';
import { api } from '../api/api.js';
import { cohortKey } from '../api/cohorts.js';
import { useList } from '../api/lists.js';
import { useProperty } from '../app/property.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { Instant } from '../parts/instant.js';
import { ListFrame } from '../parts/list-frame.js';
import { formatCount } from '../text/format.js';
import { Comparison } from './comparison.js';
import { Definition } from './definition.js';

type Version = components['schemas']['CohortVersion'];

/** What a cohort was made of at which time, and who came and went between two of its versions. */
export function VersionsPanel({ cohort }: { readonly cohort: Cohort }): ReactNode {
  const { property, grants, at } = useProperty();
  const seesPeople = grants.has('people:read');
  const list = useList<Version>([...cohortKey(property.id, cohort.id), 'versions'], async (cursor, signal) => {
    const params = { path: { property: property.id, cohort: cohort.id }, query: { limit: 100, ...cursor } };
    return unwrap(await api.GET('/v1/properties/{property}/cohorts/{cohort}/versions', { params, signal }));
  });
  return (
    <ListFrame list={list} what="the versions" empty={<Empty title="No version is there">They were removed.</Empty>}>
      {(rows) => (
        <>
          <DataTable
            label="Versions"
            rows={rows}
            keyOf={({ version }) => version}
            columns={[
              {
                label: 'Version',
                cell: ({ version }) => (
                  <span className="row">
                    {version}
                    {version === cohort.version && <span className="badge badge-accent">now</span>}
                  </span>
                ),
              },
              {
                label: 'What it was',
                cell: ({ definition }) =>
                  definition === null ? 'a list of users' : <Definition definition={definition} />,
              },
              {
                label: 'Users',
                isNumber: true,
                cell: ({ size }) => (size === null ? 'not evaluated' : formatCount(size)),
              },
              { label: 'Made', cell: ({ created_at }) => <Instant at={created_at} zone={property.time_zone} /> },
              ...(seesPeople
                ? [
                    {
                      label: '',
                      cell: ({ version, size }: Version) =>
                        size !== null && (
                          <div className="actions">
                            <Link
                              className="button button-small"
                              href={`${at(`cohorts/${cohort.id}`)}?panel=members&version=${version}`}
                            >
                              Members
                            </Link>
                          </div>
                        ),
                    },
                  ]
                : []),
            ]}
          />
          {seesPeople && rows.length > 1 && <Comparison cohort={cohort} versions={rows} />}
        </>
      )}
    </ListFrame>
  );
}
