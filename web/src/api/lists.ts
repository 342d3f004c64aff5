import { useInfiniteQuery, type InfiniteData, type QueryKey, type UseInfiniteQueryResult } from '@tanstack/react-query';
import type { Cursor, Page } from './pages.js';

/** A list of the service, of which pages are read one by one. */
export type List<T, P extends Page<T> = Page<T>> = UseInfiniteQueryResult<InfiniteData<P>>;

interface Options<T> {
  /** While this holds of what was read, the list is read again every two seconds. */
  readonly isUnderWay?: (items: readonly T[]) => boolean;
}

const READ_AGAIN_MS = 2_000;

/** Reads the first page, and others when they are asked for. What was shown stays until the new answer is there. */
export function useList<T, P extends Page<T> = Page<T>>(
  key: QueryKey,
  read: (cursor: Cursor, signal: AbortSignal) => Promise<P>,
  { isUnderWay }: Options<T> = {},
): List<T, P> {
  return useInfiniteQuery({
    queryKey: key,
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }) => await read(pageParam === null ? {} : { cursor: pageParam }, signal),
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (known) => known,
    refetchInterval: ({ state }) => (isUnderWay?.(itemsOf(state.data)) === true ? READ_AGAIN_MS : false),
  });
}

function itemsOf<T>(data: InfiniteData<Page<T>> | undefined): readonly T[] {
  return data?.pages.flatMap((page) => page.data) ?? [];
}
