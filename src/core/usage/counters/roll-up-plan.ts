import { addMonths } from '../../time/calendar.js';
import { dateOfDay, startOfDay } from '../../time/local-day.js';
import type { CounterSettings } from './counter-settings.js';

/** What the roll-up of one day does: bounds are days counted from 1970-01-01, all exclusive. */
export interface RollUpPlan {
  /** The day after the one that is rolled up. Distinct ids of days before it are counted. */
  readonly endDay: number;
  /** Base periods of days before it become days. */
  readonly baseBefore: number;
  /** Days before it become months. */
  readonly daysBefore: number;
  /** Months that begin before it become totals of categories. */
  readonly eventsBefore: number;
  /** Months that begin before it are deleted. */
  readonly monthsBefore: number;
  /** The first day of the first month that is not deleted. Of an earlier month, what is not part of it stays. */
  readonly monthsFrom: number;
}

/** Batches that were on their way at midnight still find their day open. */
const GRACE_MS = 3_600_000;

/** The roll-up that closes a day, as the settings are. */
export function planRollUp(day: number, settings: CounterSettings): RollUpPlan {
  const endDay = day + 1;
  const monthsBefore = addMonths(endDay, -settings.months);
  return {
    endDay,
    baseBefore: endDay - settings.baseDays,
    daysBefore: endDay - settings.days,
    eventsBefore: addMonths(endDay, -settings.eventMonths),
    monthsBefore,
    monthsFrom: firstMonthFrom(monthsBefore),
  };
}

/** When a local day is rolled up. */
export function rollUpMs(day: number, timeZone: string): number {
  return startOfDay(day + 1, timeZone) + GRACE_MS;
}

/** The first day of the first month that begins on a day or after it. */
function firstMonthFrom(day: number): number {
  const { date } = dateOfDay(day);
  return date === 1 ? day : addMonths(day - date + 1, 1);
}
