import type { ParamList } from './param-list.js';

/** What the engine's DateTime64(3) can hold: 1900-01-01 up to and including 2299-12-31T23:59:59.999Z. */
export const EARLIEST_MS = -2_208_988_800_000;
export const LATEST_MS = 10_413_791_999_999;

/** An instant or a length of time in milliseconds, as Int64; what lies beyond 2^53 is cut off there, 285,000 years from everything. */
export function int64Ms(ms: number, params: ParamList): string {
  return params.add('Int64', clamp(ms, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
}

/** An instant to compare with a DateTime64(3) column, cut off at what such a column can hold, for the sake of the engine's indexes. */
export function dateTime(ms: number, params: ParamList): string {
  return `fromUnixTimestamp64Milli(${params.add('Int64', clamp(ms, EARLIEST_MS, LATEST_MS))}, 'UTC')`;
}

function clamp(ms: number, lowest: number, highest: number): number {
  return Math.min(Math.max(ms, lowest), highest);
}
