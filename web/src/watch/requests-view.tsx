import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useMetricTitle } from '../api/catalogue.js';
import { useList } from '../api/lists.js';
import { useProperty } from '../app/property.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { SelectField, TextField } from '../parts/field.js';
import { ListFrame } from '../parts/list-frame.js';
import { PageHead } from '../parts/page-title.js';
import { StatusBadge, STATUSES, type Status } from '../parts/status-badge.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { formatInstant } from '../text/format.js';
import { UnderWay } from './under-way.js';

type RequestSummary = components['schemas']['RequestSummary'];

const PAGE = 50;

/** Every request of the property, the newest first; the filter is in the address. */
export default function RequestsView(): ReactNode {
  const { at, grants, property } = useProperty();
  const [asked, setStatus] = useAddressPart('status');
  const [text, setText] = useAddressPart('text');
  const status = STATUSES.find((one) => one === asked);
  const isFiltered = text !== '' || status !== undefined;
  const list = useList<RequestSummary>(
    ['requests', property.id, status, text],
    async (cursor, signal) =>
      unwrap(
        await api.GET('/v1/properties/{property}/requests', {
          params: {
            path: { property: property.id },
            query: { limit: PAGE, ...(status && { status }), ...(text !== '' && { text }), ...cursor },
          },
          signal,
        }),
      ),
    { isUnderWay: (items) => items.some((one) => one.finished_at === null && one.error === null) },
  );
  return (
    <>
      <PageHead title="Requests" lead="What was asked of this property, and how far it is." />
      <UnderWay />
      <search className="filters">
        <TextField label="Search" type="search" placeholder="Metric, cohort or id" value={text} onChange={setText} />
        <SelectField<Status | ''>
          label="State"
          value={status ?? ''}
          options={[{ value: '', label: 'Any' }, ...STATUSES.map((value) => ({ value, label: value }))]}
          onChange={setStatus}
        />
      </search>
      <ListFrame
        list={list}
        what="the requests"
        empty={
          <Empty title={isFiltered ? 'No request fits' : 'Nothing was asked yet'}>
            {!isFiltered && grants.has('requests:write') ? (
              <Link className="button button-main" href={at('ask')}>
                Ask the first question
              </Link>
            ) : (
              'Another word, or any state, finds more.'
            )}
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
              {
                label: `Asked (${property.time_zone})`,
                cell: (request) => formatInstant(request.created_at, property.time_zone),
              },
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
