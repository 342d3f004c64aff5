import type { EntityManager } from 'typeorm';
import { Failure } from '../../core/failure.js';
import { currentDay } from '../../core/time/calendar.js';
import { DEFAULT_COUNTER_SETTINGS, type CounterSettings } from '../../core/usage/counters/counter-settings.js';
import { dayOfDate, toDate } from '../../stores/postgres/local-dates.js';

/** How a property counts, and how far it has been rolled up. Days are counted from 1970-01-01. */
export interface CounterState {
  readonly settings: CounterSettings;
  readonly timeZone: string;
  readonly liveMs: number | null;
  readonly openDay: number;
  readonly baseFrom: number;
  readonly keptFrom: number;
}

interface StateRow extends CounterSettings {
  readonly timeZone: string;
  readonly liveMs: number | null;
  readonly openDay: string;
  readonly baseFrom: string;
  readonly keptFrom: string;
}

/** Who counts shares the row, so that no day is rolled up meanwhile; who changes it has it alone. */
export type StateLock = 'none' | 'shared' | 'alone';

/** A property that is deleted waits for those who count: what they wrote is removed with the rest. */
const LOCKS: Readonly<Record<StateLock, string>> = {
  none: '',
  shared: 'FOR SHARE OF counters FOR KEY SHARE OF properties',
  alone: 'FOR UPDATE OF counters FOR KEY SHARE OF properties',
};

const READ = `
  SELECT base_ms AS "baseMs", anonymise, base_days AS "baseDays", days, event_months AS "eventMonths", months,
    time_zone AS "timeZone", (extract(epoch FROM live_at) * 1000)::float8 AS "liveMs", open_day::text AS "openDay",
    base_from::text AS "baseFrom", kept_from::text AS "keptFrom"
  FROM usage_counters AS counters JOIN properties ON properties.id = counters.property_id
  WHERE counters.property_id = $1`;

/** Null: nothing of the property has been counted or set. */
export async function readState(
  manager: EntityManager,
  propertyId: string,
  lock: StateLock = 'none',
): Promise<CounterState | null> {
  const [row]: StateRow[] = await manager.query(`${READ} ${LOCKS[lock]}`, [propertyId]);
  return row === undefined ? null : stateOf(row);
}

/**
 * The state of a property that has one from now on: as though it had been rolled up every day until now.
 * @throws Failure not_found where the property has been deleted
 */
export async function openState(
  manager: EntityManager,
  propertyId: string,
  lock: StateLock,
  nowMs: number,
): Promise<CounterState> {
  const known = await readState(manager, propertyId, lock);
  if (known !== null) return known;
  const [property]: { timeZone: string }[] = await manager.query(
    'SELECT time_zone AS "timeZone" FROM properties WHERE id = $1 FOR KEY SHARE',
    [propertyId],
  );
  if (property === undefined) throw new Failure('not_found');
  const { settings, openDay, baseFrom } = newState(property.timeZone, nowMs);
  await manager.query(
    `INSERT INTO usage_counters (property_id, base_ms, anonymise, base_days, days, event_months, months, open_day, base_from, days_from, kept_from)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9) ON CONFLICT DO NOTHING`,
    [
      propertyId,
      settings.baseMs,
      settings.anonymise,
      settings.baseDays,
      settings.days,
      settings.eventMonths,
      settings.months,
      toDate(openDay),
      toDate(baseFrom),
    ],
  );
  const made = await readState(manager, propertyId, lock);
  if (made === null) throw new Failure('not_found');
  return made;
}

/** What holds of a property without a row. Nothing can be counted before the first day that is open. */
export function newState(timeZone: string, nowMs: number): CounterState {
  const openDay = currentDay(nowMs, timeZone);
  const baseFrom = openDay - DEFAULT_COUNTER_SETTINGS.baseDays;
  return {
    settings: DEFAULT_COUNTER_SETTINGS,
    timeZone,
    liveMs: null,
    openDay,
    baseFrom,
    keptFrom: baseFrom,
  };
}

function stateOf({ timeZone, liveMs, openDay, baseFrom, keptFrom, ...settings }: StateRow): CounterState {
  return {
    settings,
    timeZone,
    liveMs,
    openDay: dayOfDate(openDay),
    baseFrom: dayOfDate(baseFrom),
    keptFrom: dayOfDate(keptFrom),
  };
}
