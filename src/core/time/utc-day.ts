export const DAY_MS = 86_400_000;

/** The UTC day that holds an instant, counted from 1970-01-01. */
export function utcDay(ms: number): number {
  return Math.floor(ms / DAY_MS);
}
