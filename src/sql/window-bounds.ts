import type { PlannedAges, PlannedWindow } from '../core/request/run-plan.js';
import type { CalendarDuration } from '../core/time/calendar-duration.js';
import { ISO_DAY, type Period } from '../core/time/calendar.js';
import { int64Ms, type ParamList } from './compiled-query.js';

/**
 * When a row's window begins and ends, and from when on its user's time counts: UTC milliseconds. Each is written where
 * it is called.
 */
export interface BoundsSql {
  start(): string;
  /** `start` names the column in which the start stands. */
  stop(start: string): string;
  origin(): string;
}

/** The window ends with what there is. */
export function isEndless(window: PlannedWindow): boolean {
  switch (window.kind) {
    case 'fixed':
      return window.toMs === Infinity;
    case 'since_birth':
      return window.lengthMs === Infinity;
    case 'since_calendar':
      return window.lastsMs === Infinity;
  }
}

/** The whole window of a user; `slice` is the number of the slice of births, from 0. */
export function wholeBounds(window: PlannedWindow, params: ParamList): BoundsSql {
  switch (window.kind) {
    case 'fixed':
      return {
        start: () => int64Ms(window.fromMs, params),
        stop: () => int64Ms(window.toMs, params),
        origin: () => 'start_ms',
      };
    case 'since_birth':
      return sinceBirth(window, params);
    case 'since_calendar':
      return sinceCalendar(window, params);
  }
}

/** Windows of one length that follow each other from `firstMs` up to `endMs`; the last may be shorter. */
export interface EvenWindows {
  readonly firstMs: number;
  readonly stepMs: number;
  readonly endMs: number;
  readonly count: number;
}

/** Null: the windows are of other kinds, or none. */
export function evenWindows(windows: readonly Period[]): EvenWindows | null {
  const [first] = windows;
  const endMs = windows.at(-1)?.toMs ?? Infinity;
  if (first === undefined || !Number.isSafeInteger(endMs)) return null;
  const stepMs = first.toMs - first.fromMs;
  const areEven = windows.every(({ fromMs, toMs }, i) => {
    const startMs = first.fromMs + i * stepMs;
    return stepMs > 0 && fromMs === startMs && toMs === Math.min(startMs + stepMs, endMs);
  });
  return areEven ? { firstMs: first.fromMs, stepMs, endMs, count: windows.length } : null;
}

/** Of known windows the one that a number names; the numbers follow each other. */
export function boundsOf(
  name: () => string,
  numbers: readonly number[],
  windows: readonly Period[],
  params: ParamList,
): Pick<BoundsSql, 'start' | 'stop'> {
  const even = evenWindows(windows);
  if (even) {
    const startMs = (first: number): string =>
      `${int64Ms(first, params)} + toInt64(${name()}) * ${int64Ms(even.stepMs, params)}`;
    const lowestMs = even.firstMs - (numbers[0] ?? 0) * even.stepMs;
    return {
      start: () => startMs(lowestMs),
      stop: () => `least(${startMs(lowestMs + even.stepMs)}, ${int64Ms(even.endMs, params)})`,
    };
  }
  const of = (bound: (window: Period) => number): string => looked(name(), numbers, windows.map(bound), params);
  return { start: () => of(({ fromMs }) => fromMs), stop: () => of(({ toMs }) => toMs) };
}

/**
 * The place of a number between the starts of periods, from 0. ClickHouse: rounding down to one of a constant list is a
 * bisection; what is below all goes up to the first.
 */
export function indexIn(number: string, starts: readonly number[], params: ParamList): string {
  const list = params.add('Array(Int64)', starts);
  const indexes = params.add(
    'Array(Int64)',
    starts.map((_, i) => i),
  );
  return `transform(roundDown(${number}, ${list}), ${list}, ${indexes}, toInt64(-1))`;
}

/** What belongs to a number; 0 to one that is not there. */
function looked(name: string, numbers: readonly number[], values: readonly number[], params: ParamList): string {
  const keys = params.add('Array(Int64)', numbers);
  const found = params.add('Array(Int64)', values.map(clamped));
  return `transform(toInt64(${name}), ${keys}, ${found}, toInt64(0))`;
}

function sinceBirth(
  { offsetMs, lengthMs }: Extract<PlannedWindow, { kind: 'since_birth' }>,
  params: ParamList,
): BoundsSql {
  return {
    start: () => `birth_ms + ${int64Ms(offsetMs, params)}`,
    stop: (start) => (lengthMs === Infinity ? endless(params) : `${start} + ${int64Ms(lengthMs, params)}`),
    origin: () => 'birth_ms',
  };
}

type Calendar = Extract<PlannedWindow, { kind: 'since_calendar' }>;

/**
 * The local day on which the calendar period of birth begins. ClickHouse: `toStartOfMonth` of a Date32 is a Date, which
 * begins in 1970.
 */
export function periodDay({ timeZone, weekStart, unit }: Calendar, params: ParamList): string {
  const day = `toDate32(fromUnixTimestamp64Milli(birth_ms, ${params.add('String', timeZone)}))`;
  switch (unit) {
    case 'day':
      return day;
    case 'week':
      return `addDays(${day}, -((toDayOfWeek(${day}) + ${params.add('Int64', 7 - ISO_DAY[weekStart])}) % 7))`;
    case 'month':
      return `addDays(${day}, 1 - toDayOfMonth(${day}))`;
    case 'year':
      return `addDays(${day}, 1 - toDayOfYear(${day}))`;
  }
}

/** Nothing begins before the birth itself. */
function sinceCalendar(window: Calendar, params: ParamList): BoundsSql {
  const { timeZone, from, to, lastsMs } = window;
  return {
    start: () => unlessBefore(startOf(dayPlus(from, params), timeZone, params)),
    stop: () =>
      lastsMs === Infinity
        ? endless(params)
        : unlessBefore(later(startOf(dayPlus(to, params), timeZone, params), lastsMs, params)),
    origin: () => 'birth_ms',
  };
}

/** The window of the age that `k` names: of survivors what comes after it, so long. */
export function calendarCell(
  { timeZone }: Calendar,
  { offset, age, end, lastsMs }: CalendarAges,
  k: () => string,
  params: ParamList,
): Pick<BoundsSql, 'start' | 'stop'> {
  const at = (next: 0 | 1): string => startOf(agePlus(offset, age, `${k()} + ${next}`, params), timeZone, params);
  const stop = (): string => `least(${at(1)}, ${startOf(dayPlus(end, params), timeZone, params)})`;
  if (lastsMs === null) return { start: () => unlessBefore(at(0)), stop: () => unlessBefore(stop()) };
  return {
    start: () => unlessBefore(stop()),
    stop: () => (lastsMs === Infinity ? endless(params) : unlessBefore(later(stop(), lastsMs, params))),
  };
}

type CalendarAges = Extract<PlannedAges, { by: 'calendar' }>;

/** A condition: the age that `k` names begins before the end. */
export function hasAge({ offset, age, end }: CalendarAges, k: string, params: ParamList): string {
  return `${agePlus(offset, age, k, params)} < ${dayPlus(end, params)}`;
}

/** So many calendar units after the period of birth began: a day. */
function dayPlus({ months, days }: CalendarDuration, params: ParamList): string {
  const monthsLater = months === 0 ? 'period_day' : `addMonths(period_day, ${params.add('Int64', months)})`;
  return days === 0 ? monthsLater : `addDays(${monthsLater}, ${params.add('Int64', days)})`;
}

function agePlus(offset: CalendarDuration, age: CalendarDuration, k: string, params: ParamList): string {
  const times = (of: number, by: number): string => `${params.add('Int64', of)} + (${k}) * ${params.add('Int64', by)}`;
  const months = age.months === 0 ? dayPlus({ months: offset.months, days: 0 }, params) : null;
  const monthsLater = months ?? `addMonths(period_day, ${times(offset.months, age.months)})`;
  if (age.days === 0 && offset.days === 0) return monthsLater;
  return `addDays(${monthsLater}, ${age.days === 0 ? params.add('Int64', offset.days) : times(offset.days, age.days)})`;
}

function startOf(day: string, timeZone: string, params: ParamList): string {
  return `toUnixTimestamp64Milli(toDateTime64(${day}, 3, ${params.add('String', timeZone)}))`;
}

function unlessBefore(instant: string): string {
  return `greatest(${instant}, birth_ms)`;
}

function later(instant: string, ms: number, params: ParamList): string {
  return ms === 0 ? instant : `${instant} + ${int64Ms(ms, params)}`;
}

function endless(params: ParamList): string {
  return int64Ms(Infinity, params);
}

function clamped(ms: number): number {
  return Math.min(Math.max(ms, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}
