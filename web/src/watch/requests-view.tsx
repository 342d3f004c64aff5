import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useMetricTitle } from '../api/catalogue.js';
import { useList } from '../api/lists.js';
import { useProperty } from '../app/property.js';
import { useActorNames } from '../app/use-actor-names.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { Instant } from '../parts/instant.js';
import { ListFrame } from '../parts/list-frame.js';
import { PageHead } from '../parts/page-title.js';
import { StatusBadge } from '../parts/status-badge.js';
import { useSettled } from '../parts/use-settled.js';
import { isFiltered, requestQuery } from '../text/request-filter.js';
import { AskAgain } from './ask-again.js';
import { RequestFilters, useRequestFilter } from './request-filters.js';
import { UnderWay } from './under-way.js';

type RequestSummary = components['schemas']['RequestSummary'];

const PAGE = 50;
const SETTLED_MS = 250;

/** Every request of the property, the newest first; the filter is in the address. */
export default function RequestsView(): ReactNode {
  const { at, grants, property } = useProperty();
  const filter = useRequestFilter();
  const nameOf = useActorNames();
  const asked = useSettled(JSON.stringify(requestQuery(filter)), SETTLED_MS);
  const list = useList<RequestSummary>(
    ['requests', property.id, asked],
    async (cursor, signal) => {
      const query = { limit: PAGE, ...(JSON.parse(asked) as object), ...cursor };
      const params = { path: { property: property.id }, query };
      return unwrap(await api.GET('/v1/properties/{property}/requests', { params, signal }));
    },
    { isUnderWay: (items) => items.some((one) => one.finished_at === null && one.error === null) },
  );
  const mayAsk = grants.has('requests:write');
  return (
    <>
      <PageHead title="Requests" lead="What was asked of this property, and how far it is." />
      <UnderWay />
      <RequestFilters filter={filter} />
      <ListFrame
        list={list}
        what="the requests"
        empty={
          <Empty title={isFiltered(filter) ? 'No request fits' : 'Nothing was asked yet'}>
            {isFiltered(filter) && 'Another word, or any state and caller, finds more.'}
            {!isFiltered(filter) && mayAsk && (
              <Link className="button button-main" href={at('ask')}>
                Ask the first question
              </Link>
            )}
            {!isFiltered(filter) && !mayAsk && 'Somebody who may ask shows what was asked here.'}
          </Empty>
        }
      >
        {(rows) => (
          <DataTable
            label="Requests"
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              { label: 'Question', cell: (request) => <Question request={request} /> },
              { label: 'State', cell: (request) => <StatusBadge status={request.status} /> },
              { label: 'Asked by', cell: ({ caller }) => nameOf(caller) ?? <Caller id={caller} /> },
              {
                label: 'Asked',
                cell: ({ created_at }) => <Instant at={created_at} zone={property.time_zone} />,
              },
              ...(grants.has('metrics:read') && grants.has('cohorts:read')
                ? [
                    {
                      label: '',
                      cell: ({ id }: RequestSummary) => (
                        <div className="actions">
                          <AskAgain id={id} />
                        </div>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </ListFrame>
    </>
  );
}

function Question({ request }: { readonly request: RequestSummary }): ReactNode {
  const { at } = useProperty();
  const title = useMetricTitle(request);
  return (
    <>
      <Link href={at(`requests/${request.id}`)}>{title}</Link>
      <span className="soft"> of {request.cohort.name ?? 'an unsaved cohort'}</span>
    </>
  );
}

/** Somebody whose name the reader does not know. */
function Caller({ id }: { readonly id: string }): ReactNode {
  return <span className="soft">{id.startsWith('key_') ? 'a key' : 'a member'}</span>;
}
