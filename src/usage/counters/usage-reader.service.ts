import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { currentDay } from '../../core/time/calendar.js';
import {
  basePeriod,
  periodDays,
  shapePeriod,
  type PeriodContext,
  type StoredSum,
  type UsageInterval,
  type UsagePeriod,
} from '../../core/usage/counters/usage-periods.js';
import { newState, readState } from './counter-state.js';
import { dayOfDate, toDate } from '../../stores/postgres/local-dates.js';

/** What of the counters is read; both bounds are UTC milliseconds, `fromMs` in the first period and `toMs` after the last. */
export interface UsageQuestion {
  readonly interval: UsageInterval;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly category: string | null;
  readonly minimum: number;
}

/** A period, and where a reader goes on who has had it. */
export interface ReadPeriod {
  readonly period: UsagePeriod;
  readonly place: PeriodPlace;
}

/** Where a period begins: its local day, and of a base period what has passed of that day. */
export interface PeriodPlace {
  readonly day: number;
  readonly offsetMs: number;
}

/** Days that are read at a time: some thousand rows for a property with a hundred events. */
const DAYS_AT_ONCE: Readonly<Record<UsageInterval, number>> = { base: 2, day: 14, month: 92, year: 366 };

interface Parts {
  readonly levels: readonly string[];
  /** SQL of where a period begins: its day, and what has passed of that day. */
  readonly day: string;
  readonly offset: string;
  /** Ids of days that are open are counted, too. */
  readonly withSeen: boolean;
}

/** Levels that are periods of an interval, or parts of them. */
const PARTS: Readonly<Record<UsageInterval, Parts>> = {
  base: { levels: ['base'], day: 'day', offset: 'offset_ms', withSeen: false },
  day: { levels: ['base', 'day'], day: 'day', offset: '0', withSeen: true },
  month: { levels: ['base', 'day', 'month'], day: "date_trunc('month', day)::date", offset: '0', withSeen: true },
  year: { levels: ['base', 'day', 'month'], day: "date_trunc('year', day)::date", offset: '0', withSeen: true },
};

const BOUNDS = `
  SELECT min(day)::text AS first, max(day)::text AS last FROM (
    SELECT day FROM usage_counts WHERE property_id = $1 AND level = ANY ($2)
    UNION ALL SELECT day FROM usage_seen WHERE property_id = $1) AS days`;

/** Reads what was counted: whatever has been rolled up and whatever has not, added up in one statement. */
@Injectable()
export class UsageReader {
  constructor(private readonly database: DataSource) {}

  /** The periods, the newest first; after `before`, where a reader goes on. */
  async *periods(
    property: { readonly id: string; readonly timeZone: string },
    question: UsageQuestion,
    now: Date,
    before: PeriodPlace | null = null,
  ): AsyncGenerator<ReadPeriod> {
    const { interval, fromMs, toMs, minimum, category } = question;
    const { manager } = this.database;
    const nowMs = now.getTime();
    const state = (await readState(manager, property.id)) ?? newState(property.timeZone, nowMs);
    const { timeZone, liveMs, keptFrom, settings } = state;
    const liveDay = liveMs === null ? null : currentDay(liveMs, timeZone);
    const { baseMs } = settings;
    const context: PeriodContext = { interval, timeZone, nowMs, liveDay, keptFrom, minimum, category, baseMs };
    const bounds = await this.bounds(manager, property.id, interval);
    if (bounds === null) return;
    const firstOf = (day: number): number => periodDays(day, interval, timeZone)[0];
    const lastDay = Math.min(
      bounds.last,
      toMs === null ? Infinity : currentDay(toMs - 1, timeZone),
      before === null ? Infinity : before.day,
    );
    const firstDay = firstOf(Math.max(bounds.first, fromMs === null ? -Infinity : currentDay(fromMs, timeZone)));
    const isRead = isWithin(question, before, context);
    for (let last = lastDay; last >= firstDay;) {
      const first = Math.max(firstDay, firstOf(last - DAYS_AT_ONCE[interval] + 1));
      const next = periodDays(last, interval, timeZone)[1];
      for (const sums of await this.sums(manager, property.id, interval, [first, next])) {
        const place = sums[0];
        const period = place !== undefined && isRead(place) ? shapePeriod(sums, context) : null;
        if (period !== null && place !== undefined) yield { period, place };
      }
      last = first - 1;
    }
  }

  private async bounds(
    manager: EntityManager,
    propertyId: string,
    interval: UsageInterval,
  ): Promise<{ first: number; last: number } | null> {
    const [row]: { first: string | null; last: string | null }[] = await manager.query(BOUNDS, [
      propertyId,
      PARTS[interval].levels,
    ]);
    const { first = null, last = null } = row ?? {};
    return first === null || last === null ? null : { first: dayOfDate(first), last: dayOfDate(last) };
  }

  /** Sums of periods that begin on days of a range, those of each period together, the newest first. */
  private async sums(
    manager: EntityManager,
    propertyId: string,
    interval: UsageInterval,
    days: readonly [first: number, next: number],
  ): Promise<StoredSum[][]> {
    const { levels, day, offset, withSeen } = PARTS[interval];
    const seen = `UNION ALL SELECT day, 0, 'seen', category, count(*) FROM usage_seen
      WHERE property_id = $1 AND day >= $3 AND day < $4 GROUP BY day, category`;
    const sql = `
      SELECT ${day}::text AS date, ${offset} AS "offsetMs", category, event, sum(count)::float8 AS count FROM (
        SELECT day, offset_ms, category, event, count FROM usage_counts
        WHERE property_id = $1 AND level = ANY ($2) AND day >= $3 AND day < $4 ${withSeen ? seen : ''}) AS parts (day, offset_ms, category, event, count)
      GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 2 DESC`;
    const rows: (Omit<StoredSum, 'day'> & { readonly date: string })[] = await manager.query(sql, [
      propertyId,
      levels,
      ...days.map(toDate),
    ]);
    const periods: StoredSum[][] = [];
    for (const { date, ...sum } of rows) {
      const placed = { ...sum, day: dayOfDate(date) };
      const last = periods.at(-1)?.[0];
      if (last?.day === placed.day && last.offsetMs === placed.offsetMs) periods.at(-1)?.push(placed);
      else periods.push([placed]);
    }
    return periods;
  }
}

/** Whether a period is among those that are asked for: it overlaps the bounds and comes after the one before. */
function isWithin(
  { interval, fromMs, toMs }: UsageQuestion,
  before: PeriodPlace | null,
  { timeZone, baseMs }: PeriodContext,
): (place: PeriodPlace) => boolean {
  return ({ day, offsetMs }) => {
    if (before !== null && (day > before.day || (day === before.day && offsetMs >= before.offsetMs))) return false;
    if (interval !== 'base') return true;
    const period = basePeriod({ day, offsetMs }, timeZone, baseMs);
    return (toMs === null || period.fromMs < toMs) && (fromMs === null || period.toMs > fromMs);
  };
}
