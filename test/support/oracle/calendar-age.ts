import { Temporal } from 'temporal-polyfill';
import { local } from './slices.js';

/** Some times a duration, to be added up. */
export type Times = readonly [times: number, duration: string];

/**
 * Calendar units after an instant, added at once: the months first, a day that the month lacks being its last, then the
 * days. From the start of a day, whatever its clock shows then, one comes to the start of a day, so that a month ends
 * where the next one starts also where a zone leaves out a midnight.
 */
export function calendarAfter(baseMs: number, timeZone: string, added: readonly Times[]): number {
  const total = { months: 0, days: 0 };
  for (const [times, duration] of added) {
    const { years, months, weeks, days } = Temporal.Duration.from(duration);
    total.months += times * (12 * years + months);
    total.days += times * (7 * weeks + days);
  }
  const base = local(baseMs, timeZone);
  const isStart = base.startOfDay().epochMilliseconds === baseMs;
  const after = isStart ? base.toPlainDate().add(total).toZonedDateTime(timeZone) : base.add(total);
  return after.epochMilliseconds;
}
