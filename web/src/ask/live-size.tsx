import type { ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { MusterError, unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { useProperty } from '../app/property.js';
import { useSettled } from '../parts/use-settled.js';
import { formatCount, formatMs } from '../text/format.js';

const SETTLED_MS = 400;

/** How many users a rule or set holds, counted as one edits; some of them, for who may see users. */
export function LiveSize({ content }: { readonly content: object }): ReactNode {
  const { property, grants } = useProperty();
  const settled = useSettled(JSON.stringify(content), SETTLED_MS);
  const { data, error, isFetching } = useQuery({
    queryKey: ['preview', property.id, settled],
    queryFn: async ({ signal }) => {
      const params = { path: { property: property.id } };
      const body = JSON.parse(settled) as never;
      return unwrap(await api.POST('/v1/properties/{property}/cohorts/preview', { params, body, signal }));
    },
    enabled: grants.has('cohorts:write'),
    retry: false,
  });
  if (!grants.has('cohorts:write')) return null;
  return (
    <p className="live-size" role="status">
      {isFetching && 'Counting…'}
      {!isFetching && error !== null && (
        <span className="field-error">{error instanceof MusterError ? error.detail : 'The size is not known.'}</span>
      )}
      {!isFetching && data !== undefined && error === null && (
        <>
          <strong>{formatCount(data.size)} users</strong>
          <span className="soft"> counted in {formatMs(Math.round(data.engine_ms))}</span>
          {data.sample !== null && data.sample.length > 0 && (
            <span className="soft">
              , such as{' '}
              {data.sample
                .slice(0, 3)
                .map(({ user }) => user)
                .join(', ')}
            </span>
          )}
        </>
      )}
    </p>
  );
}
