import type { ReactNode } from 'react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'wouter';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useMetricTitle } from '../api/catalogue.js';
import { useProperty } from '../app/property.js';
import { Empty } from '../parts/empty.js';
import { SelectField, TextField } from '../parts/field.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { StatusBadge, STATUSES, type Status } from '../parts/status-badge.js';
import { Waiting } from '../parts/waiting.js';
import { formatInstant } from '../text/format.js';
import { UnderWay } from './under-way.js';

type RequestSummary = components['schemas']['RequestSummary'];

const PAGE = 50;
/** While something is under way, how often the list is read again. */
const READ_AGAIN_MS = 2_000;

/** Every request of the property, the newest first; the filter is in the address. */
export default function RequestsView(): ReactNode {
  const { at, grants } = useProperty();
  const [search, setSearch] = useSearchParams();
  const status = STATUSES.find((one) => one === search.get('status')) ?? null;
  const text = search.get('text') ?? '';
  const filter = (name: string, value: string): void =>
    setSearch(
      (known) => {
        if (value === '') known.delete(name);
        else known.set(name, value);
        return known;
      },
      { replace: true },
    );
  const list = useRequests(status, text);
  const requests = list.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <>
      <PageHead title="Requests" lead="What was asked of this property, and how far it is." />
      <UnderWay />
      <search className="filters">
        <TextField
          label="Search"
          type="search"
          placeholder="Metric, cohort or id"
          value={text}
          onChange={(value) => filter('text', value)}
        />
        <SelectField<Status | ''>
          label="State"
          value={status ?? ''}
          options={[{ value: '', label: 'Any' }, ...STATUSES.map((value) => ({ value, label: value }))]}
          onChange={(value) => filter('status', value)}
        />
      </search>
      {list.error !== null && <ProblemNote error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && list.error === null && <Waiting what="Reading the requests" />}
      {list.isSuccess && requests.length === 0 && (
        <Empty title={text === '' && status === null ? 'Nothing was asked yet' : 'No request fits'}>
          {text === '' && status === null && grants.has('requests:write') ? (
            <Link className="button button-main" href={at('ask')}>
              Ask the first question
            </Link>
          ) : (
            'Another word, or any state, finds more.'
          )}
        </Empty>
      )}
      {requests.length > 0 && <RequestTable requests={requests} />}
      {list.hasNextPage && (
        <div>
          <button
            type="button"
            className="button"
            disabled={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {list.isFetchingNextPage ? 'Reading more…' : 'Show more'}
          </button>
        </div>
      )}
    </>
  );
}

function useRequests(status: Status | null, text: string) {
  const { property } = useProperty();
  return useInfiniteQuery({
    queryKey: ['requests', property.id, status, text],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam: cursor, signal }) =>
      unwrap(
        await api.GET('/v1/properties/{property}/requests', {
          params: {
            path: { property: property.id },
            query: {
              limit: PAGE,
              ...(status !== null && { status }),
              ...(text !== '' && { text }),
              ...(cursor !== null && { cursor }),
            },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ data }) => data.some((one) => one.finished_at === null && one.error === null))
        ? READ_AGAIN_MS
        : false,
    placeholderData: (known) => known,
  });
}

function RequestTable({ requests }: { readonly requests: readonly RequestSummary[] }): ReactNode {
  const { property } = useProperty();
  return (
    <div className="table-frame">
      <table>
        <thead>
          <tr>
            <th scope="col">Question</th>
            <th scope="col">State</th>
            <th scope="col">Asked ({property.time_zone})</th>
          </tr>
        </thead>
        <tbody>
          {requests.map((request) => (
            <RequestRow key={request.id} request={request} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RequestRow({ request }: { readonly request: RequestSummary }): ReactNode {
  const { at, property } = useProperty();
  const title = useMetricTitle(request);
  return (
    <tr>
      <th scope="row">
        <Link href={at(`requests/${request.id}`)}>{title}</Link>
        <span className="soft"> of {cohortName(request)}</span>
      </th>
      <td>
        <StatusBadge status={request.status} />
      </td>
      <td>{formatInstant(request.created_at, property.time_zone)}</td>
    </tr>
  );
}

function cohortName({ cohort }: RequestSummary): string {
  return cohort.name ?? 'an unsaved cohort';
}
