import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { local } from './slices.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** By how much time the worlds and requests around a change of clocks are spread. */
const SCALES = ['hours', 'days', 'months'] as const;
export type Scale = (typeof SCALES)[number];

/** A place and a time at which something may go wrong. */
export interface Season {
  readonly timeZone: string;
  readonly weekStart: string;
  readonly scale: Scale;
  /** Ascending. Starts of periods, and what lies between them. */
  readonly instants: readonly number[];
}

/**
 * When clocks change: both changes of each, the one of Kathmandu, some at midnight, and the end of a year that is also
 * a partition's.
 */
const CHANGES: readonly (readonly [timeZone: string, at: string])[] = [
  ['UTC', '2024-01-01T00:00Z'],
  ['UTC', '2024-02-29T00:00Z'],
  ['Europe/Berlin', '2024-03-31T01:00Z'],
  ['Europe/Berlin', '2024-10-27T01:00Z'],
  ['America/New_York', '2024-03-10T07:00Z'],
  ['America/New_York', '2024-11-03T06:00Z'],
  ['Australia/Lord_Howe', '2024-04-06T15:00Z'],
  ['Australia/Lord_Howe', '2024-10-05T15:30Z'],
  ['Asia/Kathmandu', '1985-12-31T18:30Z'],
  ['Asia/Kathmandu', '2024-06-30T18:15Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00Z'],
  ['America/Sao_Paulo', '2018-02-18T02:00Z'],
];

const weekStart = fc.oneof(
  { weight: 2, arbitrary: fc.constant('monday') },
  fc.constantFrom('sunday', 'saturday', 'wednesday'),
);

export const season: fc.Arbitrary<Season> = fc
  .record({ change: fc.constantFrom(...CHANGES), weekStart, scale: fc.constantFrom(...SCALES) })
  .map(({ change: [timeZone, at], weekStart: first, scale }) => ({
    timeZone,
    weekStart: first,
    scale,
    instants: instantsAround(Date.parse(at), timeZone, scale),
  }));

function instantsAround(atMs: number, timeZone: string, scale: Scale): number[] {
  const day = local(atMs, timeZone).toPlainDate();
  const startOf = (date: Temporal.PlainDate): number => date.toZonedDateTime(timeZone).epochMilliseconds;
  const steps = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  switch (scale) {
    case 'hours':
      return steps(-10, 10).map((k) => atMs + k * 30 * MINUTE_MS);
    case 'days':
      return steps(-5, 5)
        .flatMap((k) => [startOf(day.add({ days: k })), startOf(day) + k * DAY_MS + DAY_MS / 3])
        .sort((a, b) => a - b);
    case 'months': {
      const starts = steps(-3, 4).map((k) => startOf(day.with({ day: 1 }).add({ months: k })));
      return starts.flatMap((ms) => [ms - DAY_MS, ms, ms + 10.5 * DAY_MS]);
    }
  }
}

/** Mostly an instant of the season, at times a millisecond beside it. */
export function instantOf({ instants }: Season): fc.Arbitrary<number> {
  return fc
    .tuple(fc.constantFrom(...instants), fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, -1))
    .map(([ms, beside]) => ms + beside);
}
