import { Temporal } from 'temporal-polyfill';
import type {
  EventSelector,
  Filter,
  PropertyTest,
  PropertyValue,
  TimeOperand,
} from '../../../src/core/event/filter.js';
import type { FilterClock, TimeBound } from '../../../src/core/event/time-bound.js';
import type { SentEvent } from './world.js';

/** What the operands of `before` and `after` mean, and whose days dates are. */
export interface Times<T> {
  readonly msOf: (operand: T) => number;
  readonly timeZone: string;
}

/** Of plans, whose dates are days of UTC. */
export const PLANNED_TIMES: Times<TimeBound> = { msOf: ({ ms }) => ms, timeZone: 'UTC' };

/** Of requests and definitions. */
export function writtenTimes({ asOfMs, timeZone }: FilterClock): Times<TimeOperand> {
  const msOf = (operand: TimeOperand): number =>
    typeof operand === 'string'
      ? (timeOf(operand, timeZone) ?? NaN)
      : asOfMs - Temporal.Duration.from(operand.last).total('milliseconds');
  return { msOf, timeZone };
}

export function selects<T>({ event, where }: EventSelector<T>, sent: SentEvent, times: Times<T>): boolean {
  return (event === null || event.includes(sent.name)) && (where === null || passes(where, sent.properties, times));
}

type Properties = SentEvent['properties'];

/** What a filter means, word by word. */
export function passes<T>(filter: Filter<T>, properties: Properties, times: Times<T>): boolean {
  if ('and' in filter) return filter.and.every((part) => passes(part, properties, times));
  if ('or' in filter) return filter.or.some((part) => passes(part, properties, times));
  if ('not' in filter) return !passes(filter.not, properties, times);
  return holds(filter, Object.hasOwn(properties, filter.property) ? properties[filter.property] : undefined, times);
}

/** A test on an absent property or one of another type is false; ne and not_in are exact negations. */
export function holds<T>(test: PropertyTest<T>, value: PropertyValue | undefined, times: Times<T>): boolean {
  if ('exists' in test) return (value !== undefined) === test.exists;
  if ('eq' in test) return value === test.eq;
  if ('ne' in test) return value !== test.ne;
  if ('in' in test) return test.in.some((item) => item === value);
  if ('not_in' in test) return test.not_in.every((item) => item !== value);
  if (typeof value === 'string') return holdsOfText(test, value, times);
  if (typeof value !== 'number') return false;
  if ('gt' in test) return value > test.gt;
  if ('gte' in test) return value >= test.gte;
  if ('lt' in test) return value < test.lt;
  return 'lte' in test && value <= test.lte;
}

function holdsOfText<T>(test: PropertyTest<T>, text: string, { msOf, timeZone }: Times<T>): boolean {
  const folded = (part: string): string => ('ignore_case' in test && test.ignore_case ? part.toUpperCase() : part);
  if ('contains' in test) return folded(text).includes(folded(test.contains));
  if ('starts_with' in test) return folded(text).startsWith(folded(test.starts_with));
  if ('ends_with' in test) return folded(text).endsWith(folded(test.ends_with));
  const at = timeOf(text, timeZone);
  if (at === null) return false;
  if ('before' in test) return at < msOf(test.before);
  return 'after' in test && at > msOf(test.after);
}

/** Of a text that is a date or an RFC 3339 instant, to the millisecond; null: it is none. */
function timeOf(text: string, timeZone: string): number | null {
  const [, date, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[Tt](\d\d:\d\d:\d\d(?:\.\d{1,9})?)([Zz]|[+-]\d\d:\d\d))?$/.exec(text) ?? [];
  if (date === undefined) return null;
  try {
    const day = Temporal.PlainDate.from(date, { overflow: 'reject' });
    if (time === undefined) return day.toZonedDateTime(timeZone).epochMilliseconds;
    // Temporal reads a leap second as the second before.
    if (/:60/.test(time)) return null;
    return Temporal.Instant.from(`${date}T${time}${zone}`.toUpperCase()).epochMilliseconds;
  } catch {
    return null;
  }
}
