import { useState } from 'react';

/**
 * Ids of rows that have no name of their own: one is made when a row is added, and stays with it. `drop` is called beside
 * what takes a row out.
 */
export function useRowIds(count: number): readonly [ids: readonly number[], drop: (at: number) => void] {
  const [kept, setKept] = useState<readonly number[]>([]);
  const ids = kept.slice(0, count);
  while (ids.length < count) ids.push(Math.max(-1, ...ids) + 1);
  return [ids, (at) => setKept(ids.filter((_, place) => place !== at))];
}
