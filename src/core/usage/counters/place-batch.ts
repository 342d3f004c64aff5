import { Failure, invalid, type FieldError } from '../../failure.js';
import { currentDay } from '../../time/calendar.js';
import { formatInstant } from '../../time/instant.js';
import { startOfDay } from '../../time/local-day.js';
import { DAY_MS } from '../../time/utc-day.js';
import type { CounterSettings } from './counter-settings.js';
import type { UsageBatch, UsageMark, UsageSeen } from './usage-batch.js';

/** How far the counters of a property have been rolled up; days are counted from 1970-01-01. */
export interface OpenDays {
  /** The first day whose distinct ids are not counted yet. */
  readonly openDay: number;
  /** The first day whose base periods are not summed up yet. */
  readonly baseFrom: number;
}

/** Of which property and when. */
export interface CountingContext extends OpenDays {
  readonly settings: Pick<CounterSettings, 'baseMs'>;
  readonly timeZone: string;
  readonly nowMs: number;
}

/** A base period: what has passed of its day when it begins, in elapsed milliseconds. */
export interface PlacedCount {
  readonly day: number;
  readonly offsetMs: number;
  readonly category: string;
  readonly event: string;
  readonly count: number;
}

export interface PlacedBatch {
  /** By day, period, category and event, each once. */
  readonly counts: readonly PlacedCount[];
  readonly seen: readonly (UsageSeen & { readonly day: number })[];
  readonly marks: readonly (UsageMark & { readonly atMs: number })[];
  /** Of all counts and ids; null: there are none. Marks tell of what was before anything was counted, too. */
  readonly firstMs: number | null;
}

/** Clocks differ: what is ahead by no more is taken as now. */
const AHEAD_MS = 5 * 60_000;

/**
 * The periods of what was counted.
 * @throws Failure invalid_time for what is in the future, period_closed for what has been rolled up
 */
export function placeBatch({ fromMs, counts, seen, marks }: UsageBatch, context: CountingContext): PlacedBatch {
  const { timeZone, nowMs, openDay, baseFrom, settings } = context;
  const instants = new Instants(context);
  instants.place({ pointer: '', atMs: fromMs }, 'from', baseFrom);
  const placed = new Map<string, PlacedCount>();
  let firstMs = Infinity;
  for (const { category, event, count, ...item } of counts) {
    const atMs = instants.place(item, 'at', baseFrom);
    firstMs = Math.min(firstMs, atMs);
    const day = currentDay(atMs, timeZone);
    const offsetMs = basePeriodOffset(atMs - startOfDay(day, timeZone), settings.baseMs);
    const key = JSON.stringify([day, offsetMs, category, event]);
    placed.set(key, { day, offsetMs, category, event, count: count + (placed.get(key)?.count ?? 0) });
  }
  const seenAt = seen.map((item) => ({ ...item, atMs: instants.place(item, 'at', openDay) }));
  const marksAt = marks.map((item) => ({ ...item, atMs: instants.notAhead(item, 'at') ?? nowMs }));
  instants.throwIfAny();
  for (const { atMs } of seenAt) firstMs = Math.min(firstMs, atMs);
  return {
    counts: [...placed.values()],
    seen: seenAt.map((item) => Object.assign(item, { day: currentDay(item.atMs, timeZone) })),
    marks: marksAt,
    firstMs: Number.isFinite(firstMs) ? firstMs : null,
  };
}

/** Where the base period begins that holds an instant of a day; both are elapsed time since the day's first instant. */
export function basePeriodOffset(sinceMs: number, baseMs: number): number {
  return baseMs === DAY_MS ? 0 : Math.floor(sinceMs / baseMs) * baseMs;
}

/** The instants of items, and those that cannot be counted any more. */
class Instants {
  readonly #closed: FieldError[] = [];

  constructor(private readonly context: CountingContext) {}

  /**
   * Where the clock was ahead when days were rolled up, or the zone has changed, the day under way is closed already:
   * what is of it or after it is counted in the first period that is open.
   */
  place(
    item: { readonly pointer: string; readonly atMs: number | null },
    field: 'at' | 'from',
    firstDay: number,
  ): number {
    const { timeZone, nowMs } = this.context;
    const openMs = startOfDay(firstDay, timeZone);
    const atMs = this.notAhead(item, field) ?? nowMs;
    if (atMs >= openMs) return atMs;
    if (item.atMs === null || atMs >= startOfDay(currentDay(nowMs, timeZone), timeZone)) return openMs;
    const first = formatInstant(openMs);
    const detail = `${formatInstant(atMs)} is of a period that has been rolled up; the first that is open begins at ${first}.`;
    this.#closed.push({ pointer: `${item.pointer}/${field}`, detail });
    return openMs;
  }

  notAhead(
    { pointer, atMs }: { readonly pointer: string; readonly atMs: number | null },
    field: string,
  ): number | null {
    const { nowMs } = this.context;
    if (atMs === null || atMs <= nowMs) return atMs;
    if (atMs <= nowMs + AHEAD_MS) return nowMs;
    const detail = `${formatInstant(atMs)} is in the future; it is ${formatInstant(nowMs)}.`;
    throw invalid('invalid_time', `${pointer}/${field}`, detail);
  }

  throwIfAny(): void {
    const [first] = this.#closed;
    if (first === undefined) return;
    const { openDay, baseFrom, timeZone } = this.context;
    throw new Failure('period_closed', first.detail, this.#closed.slice(0, 50), {
      first_open: formatInstant(startOfDay(baseFrom, timeZone)),
      first_open_seen: formatInstant(startOfDay(openDay, timeZone)),
    });
  }
}
