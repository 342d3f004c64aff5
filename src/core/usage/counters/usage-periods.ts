import { currentDay, periodAt } from '../../time/calendar.js';
import { formatInstant } from '../../time/instant.js';
import { dateText, localDay, startOfDay } from '../../time/local-day.js';
import { DAY_MS } from '../../time/utc-day.js';
import { DAILY, SEEN } from './usage-batch.js';

export const USAGE_INTERVALS = ['base', 'day', 'month', 'year'] as const;
export type UsageInterval = (typeof USAGE_INTERVALS)[number];

/** A sum of a period as it is stored: the day on which the period begins, and where in it a base period does. */
export interface StoredSum {
  readonly day: number;
  readonly offsetMs: number;
  readonly category: string;
  readonly event: string;
  readonly count: number;
}

/** A count as it is returned; `days`: it is the mean of so many days. */
export interface PeriodCount {
  readonly event: string;
  readonly category: string;
  readonly count: number;
  readonly days?: number;
}

export interface UsagePeriod {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** By category, the largest first, then by event. */
  readonly counts: readonly PeriodCount[];
}

export interface PeriodContext {
  readonly interval: UsageInterval;
  readonly timeZone: string;
  readonly baseMs: number;
  readonly nowMs: number;
  /** The first day that was counted; null: none was. */
  readonly liveDay: number | null;
  /** Months before it have been deleted. */
  readonly keptFrom: number;
  /** Smaller counts are hidden. */
  readonly minimum: number;
  /** Null: of all categories. */
  readonly category: string | null;
}

/** The day on which the period of a calendar interval begins that holds a day, and the first day after it. */
export function periodDays(
  day: number,
  interval: UsageInterval,
  timeZone: string,
): readonly [first: number, next: number] {
  if (interval === 'base' || interval === 'day') return [day, day + 1];
  const { fromMs, toMs } = periodAt(startOfDay(day, timeZone), interval, { timeZone, weekStart: 'monday' });
  return [currentDay(fromMs, timeZone), currentDay(toMs, timeZone)];
}

/** A base period, in UTC milliseconds; the last one of a day ends with it. */
export function basePeriod(
  { day, offsetMs }: Pick<StoredSum, 'day' | 'offsetMs'>,
  timeZone: string,
  baseMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = startOfDay(day, timeZone) + offsetMs;
  const dayEndMs = startOfDay(day + 1, timeZone);
  return { fromMs, toMs: baseMs < DAY_MS ? Math.min(fromMs + baseMs, dayEndMs) : dayEndMs };
}

/** The period of sums that have one start; null: `minimum` hides all of them. */
export function shapePeriod(sums: readonly StoredSum[], context: PeriodContext): UsagePeriod | null {
  const [first] = sums;
  if (first === undefined) return null;
  const { interval, timeZone, baseMs, minimum, category } = context;
  const [, next] = periodDays(first.day, interval, timeZone);
  const days = meanDays(first.day, next, context);
  const counts = sums
    .map((sum) => countOf(sum, days))
    .filter((one) => one.count >= minimum && (category === null || one.category === category))
    .toSorted(inOrder);
  if (counts.length === 0) return null;
  const { fromMs, toMs } =
    interval === 'base'
      ? basePeriod(first, timeZone, baseMs)
      : { fromMs: startOfDay(first.day, timeZone), toMs: startOfDay(next, timeZone) };
  return { from: formatInstant(fromMs), to: formatInstant(toMs), label: labelOf(first, fromMs, context), counts };
}

/**
 * The days for which a mean stands: those of the period since the first that was counted and the first that is kept, up
 * to today. Null: the interval has no means.
 */
function meanDays(first: number, next: number, context: PeriodContext): number | null {
  const { interval, timeZone, nowMs, liveDay, keptFrom } = context;
  if (interval === 'base' || interval === 'day') return null;
  const from = Math.max(first, liveDay ?? first, keptFrom);
  return Math.max(1, Math.min(next, currentDay(nowMs, timeZone) + 1) - from);
}

/** A mean to the nearest tenth; in whole numbers, so that a half is always rounded up. */
function countOf({ event, category, count }: StoredSum, days: number | null): PeriodCount {
  if (category !== SEEN || days === null) return { event, category, count };
  return { event, category: DAILY, count: Math.floor((20 * count + days) / (2 * days)) / 10, days };
}

function inOrder(a: PeriodCount, b: PeriodCount): number {
  return compare(a.category, b.category) || b.count - a.count || compare(a.event, b.event);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const LABEL_LENGTH = { day: 10, month: 7, year: 4 } as const;

function labelOf({ day }: StoredSum, fromMs: number, { interval, timeZone, baseMs }: PeriodContext): string {
  if (interval !== 'base') return dateText(day).slice(0, LABEL_LENGTH[interval]);
  if (baseMs === DAY_MS) return dateText(day);
  const { day: localDate, timeMs } = localDay(fromMs, timeZone);
  return `${dateText(localDate)}T${new Date(timeMs).toISOString().slice(11, 16)}`;
}
