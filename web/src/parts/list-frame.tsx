import type { ReactNode } from 'react';
import { ProblemNote } from './problem-note.js';
import { Waiting } from './waiting.js';

/** What a list of pages tells, as the query cache has it. */
export interface PagedList<T> {
  readonly data: { readonly pages: readonly { readonly data: readonly T[] }[] } | undefined;
  readonly error: Error | null;
  readonly isPending: boolean;
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => Promise<unknown>;
  readonly refetch: () => Promise<unknown>;
}

interface Props<T> {
  readonly list: PagedList<T>;
  /** What is read: `the keys`. */
  readonly what: string;
  /** Stands where there is nothing. */
  readonly empty: ReactNode;
  readonly children: (rows: readonly T[]) => ReactNode;
}

/** A list with its states: read, failed, empty, and more to be read. */
export function ListFrame<T>({ list, what, empty, children }: Props<T>): ReactNode {
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? [];
  if (list.error !== null && list.data === undefined) {
    return <ProblemNote error={list.error} onRetry={() => void list.refetch()} />;
  }
  if (list.isPending) return <Waiting what={`Reading ${what}`} />;
  if (rows.length === 0) return empty;
  return (
    <>
      {list.error !== null && <ProblemNote error={list.error} onRetry={() => void list.refetch()} />}
      {children(rows)}
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
