import { int64Ms, type ParamList } from '../compiled-query.js';
import { evenWindows, indexIn } from '../window-bounds.js';

/**
 * How many of the instants lie before a time, as SQL (Int64); `ms` is SQL that may stand twice. Of instants at even
 * distances, the last of which may be shorter, found by division, of others by bisection.
 */
export function placeOf(ms: string, instants: readonly number[], params: ParamList): string {
  const [first = 0] = instants;
  const last = instants.at(-1) ?? 0;
  const isAfterLast = (): string => `toInt64(${ms} > ${int64Ms(last, params)})`;
  if (instants.length === 1) return isAfterLast();
  const even = evenWindows(instants.slice(1).map((toMs, i) => ({ fromMs: instants[i] ?? 0, toMs })));
  if (!even) return indexIn(`${ms} - 1`, [Number.MIN_SAFE_INTEGER, ...instants], params);
  const before = `intDiv(${ms} - ${int64Ms(first - even.stepMs + 1, params)}, ${int64Ms(even.stepMs, params)})`;
  return `least(greatest(${before}, 0), ${params.add('Int64', instants.length - 1)}) + ${isAfterLast()}`;
}
