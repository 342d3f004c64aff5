import { isLocalDateBegun, localDateText } from '../time/calendar.js';
import { parseDuration } from '../time/duration.js';
import { parseInstant } from '../time/instant.js';
import type { EventSelector, Filter, FilterOn, FilterSubject, TestOn, TimeOperand, TraitFilter } from './filter.js';

/** To what `before` and `after` compare, resolved: instants with `ms` (UTC milliseconds), dates with `date`. */
export interface TimeBound {
  readonly ms: number;
  /** Of `before`: the first date that does not begin before `ms`. Of `after`: the first date that begins after `ms`. */
  readonly date: string;
}

/** What the operands of `before` and `after` are resolved by. */
export interface FilterClock {
  /** From which `{"last": duration}` counts back. UTC milliseconds. */
  readonly asOfMs: number;
  /** Whose days dates are. */
  readonly timeZone: string;
}

export type PlannedSelector = EventSelector<TimeBound>;

/** The selector with every time resolved. Takes a canonical one. */
export function resolveSelector({ event, where }: EventSelector, clock: FilterClock): PlannedSelector {
  return { event, where: where && resolveFilter(where, clock) };
}

/** The filter with every time resolved. Takes a canonical one. */
export function resolveFilter(filter: Filter, clock: FilterClock): Filter<TimeBound> {
  return resolved(filter, clock);
}

/** As `resolveFilter`, for a filter on traits. */
export function resolveTraitFilter(filter: TraitFilter, clock: FilterClock): TraitFilter<TimeBound> {
  return resolved(filter, clock);
}

/** Whether an answer of a canonical filter moves with as_of: some test compares with `{"last": duration}`. */
export function movesWithAsOf(filter: Filter | TraitFilter | null): boolean {
  return filter !== null && timesOf(filter).some((time) => typeof time !== 'string');
}

/** Whether an answer of a canonical filter depends on the time zone: some test compares times. */
export function comparesTimes(filter: Filter | TraitFilter | null): boolean {
  return filter !== null && timesOf(filter).length > 0;
}

function resolved<S extends FilterSubject>(filter: FilterOn<S>, clock: FilterClock): FilterOn<S, TimeBound> {
  if ('and' in filter) return { and: filter.and.map((part) => resolved(part, clock)) };
  if ('or' in filter) return { or: filter.or.map((part) => resolved(part, clock)) };
  if ('not' in filter) return { not: resolved(filter.not, clock) };
  return resolveTest(filter, clock);
}

/** The test with its time resolved. Takes a canonical one. */
export function resolveTest<S extends FilterSubject>(test: TestOn<S>, clock: FilterClock): TestOn<S, TimeBound> {
  if ('before' in test) return { ...test, before: beforeBound(test.before, clock) };
  if ('after' in test) return { ...test, after: afterBound(test.after, clock) };
  return test;
}

function beforeBound(operand: TimeOperand, clock: FilterClock): TimeBound {
  const ms = operandMs(operand, clock);
  const hasBegun = isLocalDateBegun(ms, clock.timeZone);
  return { ms, date: localDateText(ms, clock.timeZone, hasBegun ? 1 : 0) };
}

function afterBound(operand: TimeOperand, clock: FilterClock): TimeBound {
  const ms = operandMs(operand, clock);
  return { ms, date: localDateText(ms, clock.timeZone, 1) };
}

function operandMs(operand: TimeOperand, { asOfMs, timeZone }: FilterClock): number {
  return typeof operand === 'string' ? parseInstant(operand, timeZone, '') : asOfMs - parseDuration(operand.last, '');
}

function timesOf(filter: Filter | TraitFilter): readonly TimeOperand[] {
  if ('and' in filter) return filter.and.flatMap((part) => timesOf(part));
  if ('or' in filter) return filter.or.flatMap((part) => timesOf(part));
  if ('not' in filter) return timesOf(filter.not);
  if ('before' in filter) return [filter.before];
  return 'after' in filter ? [filter.after] : [];
}
