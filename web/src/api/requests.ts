import { useEffect } from 'react';
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { unwrap, type Answer } from '@muster/client';
import { everyOf } from '../text/every-of.js';
import { api } from './api.js';

/** The key of a request in the cache. */
export function requestKey(property: string, id: string): readonly string[] {
  return ['request', property, id];
}

export function isOver({ status }: Pick<Answer, 'status'>): boolean {
  return status !== 'queued' && status !== 'running';
}

/** A request as it stands, and from then on as it goes: by events, until its end. */
export function useRequest(property: string, id: string): UseQueryResult<Answer> {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: requestKey(property, id),
    queryFn: async ({ signal }) => {
      const params = { path: { property, id } };
      return unwrap(await api.GET('/v1/properties/{property}/requests/{id}', { params, signal }));
    },
    // Where events do not come, as while the service starts anew, it is read now and then.
    refetchInterval: ({ state: { data } }) => (data !== undefined && isOver(data) ? false : READ_AGAIN_MS),
  });
  const isUnderWay = query.data !== undefined && !isOver(query.data);
  useEffect(() => {
    if (!isUnderWay) return undefined;
    return watch(`/v1/properties/${encodeURIComponent(property)}/requests/${id}/events`, (news) =>
      client.setQueryData<Answer>(requestKey(property, id), (known) => known && { ...known, ...news }),
    );
  }, [client, property, id, isUnderWay]);
  return query;
}

const READ_AGAIN_MS = 3_000;
const STATES = everyOf<Answer['status']>({
  queued: true,
  running: true,
  succeeded: true,
  failed: true,
  cancelled: true,
});

/** Listens to server-sent events of a job; gives what ends it. The browser comes back by itself after a break. */
function watch(href: string, onNews: (news: Partial<Answer>) => void): () => void {
  const source = new EventSource(href);
  for (const state of STATES) {
    source.addEventListener(state, (event: MessageEvent<string>) => {
      const news = JSON.parse(event.data) as Partial<Answer> & Pick<Answer, 'status'>;
      onNews(news);
      if (isOver(news)) source.close();
    });
  }
  return () => source.close();
}
