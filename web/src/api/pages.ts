import { unwrap } from '@muster/client';

/** A page of a list, as every list of the service has them. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}

/** What is to be added to the query to get the next page; nothing for the first. */
export type Cursor = { readonly cursor?: string };

/** The items of all pages: for lists that people make by hand, which stay short. */
export async function readAllPages<T>(read: (cursor: Cursor) => Promise<Page<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: Cursor = {};
  for (;;) {
    const page = await read(cursor);
    items.push(...page.data);
    if (page.next_cursor === null) return items;
    cursor = { cursor: page.next_cursor };
  }
}

/**
 * The page of an answer of a list that can be a file as well: which it is only where `format` asks for one.
 * @throws MusterError for any answer that is no success
 */
export function unwrapPage<T>(result: Parameters<typeof unwrap<T>>[0]): Extract<T, Page<unknown>> {
  return unwrap(result) as Extract<T, Page<unknown>>;
}
