/** Units that are left out are given as false: what they would hold goes to the next smaller one. */
export interface TimeUnits {
  readonly years?: boolean;
  readonly days?: boolean;
  readonly hours?: boolean;
  readonly minutes?: boolean;
  readonly seconds?: boolean;
}

const UNITS = [
  ['years', 31_536_000],
  ['days', 86_400],
  ['hours', 3_600],
  ['minutes', 60],
  ['seconds', 1],
] as const;

/** Whole units, the largest first, without those that are 0; nothing at all: an empty text. A year is 365 days. */
export function formatSeconds(seconds: number, units: TimeUnits = {}): string {
  let rest = Math.floor(seconds);
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    if (units[unit] === false) continue;
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(' ');
}
