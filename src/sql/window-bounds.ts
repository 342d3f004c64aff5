import type { PlannedWindow } from '../core/request/run-plan.js';
import type { CalendarDuration } from '../core/time/calendar-duration.js';
import type { Period } from '../core/time/calendar.js';
import { int64Ms } from './engine-time.js';
import type { ParamList } from './param-list.js';

/** When a row's window begins and ends, and from when on its user's time counts: UTC milliseconds. Each is written where it is called. */
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
    case 'since_local_day':
      return window.lastsMs === Infinity;
    case 'since_period':
      return window.windows.some(({ toMs }) => toMs === Infinity);
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
    case 'since_local_day':
      return sinceLocalDay(window, params);
    case 'since_period': {
      const slices = window.windows.map((_, i) => i);
      return {
        ...boundsOf(() => 'slice', slices, window.windows, params),
        origin: () => looked('slice', slices, window.origins, params),
      };
    }
  }
}

/** Of known windows the one that a number names. */
export function boundsOf(
  name: () => string,
  numbers: readonly number[],
  windows: readonly Period[],
  params: ParamList,
): Pick<BoundsSql, 'start' | 'stop'> {
  const of = (bound: (window: Period) => number): string => looked(name(), numbers, windows.map(bound), params);
  return { start: () => of(({ fromMs }) => fromMs), stop: () => of(({ toMs }) => toMs) };
}

/** The place of a number between the starts of periods, from 0. ClickHouse: rounding down to one of a constant list is a bisection; what is below all goes up to the first. */
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

function sinceLocalDay(window: Extract<PlannedWindow, { kind: 'since_local_day' }>, params: ParamList): BoundsSql {
  const { timeZone, from, to, lastsMs } = window;
  const stop = (): string => later(dayPlus(to, timeZone, params), lastsMs, params);
  return {
    start: () => dayPlus(from, timeZone, params),
    stop: () => (lastsMs === Infinity ? endless(params) : stop()),
    origin: () => dayPlus({ months: 0, days: 0 }, timeZone, params),
  };
}

/** So many calendar units after the local day of birth began. */
function dayPlus({ months, days }: CalendarDuration, timeZone: string, params: ParamList): string {
  const zone = params.add('String', timeZone);
  const day = `toDate32(fromUnixTimestamp64Milli(birth_ms, ${zone}))`;
  const monthsLater = months === 0 ? day : `addMonths(${day}, ${params.add('Int64', months)})`;
  const moved = days === 0 ? monthsLater : `addDays(${monthsLater}, ${params.add('Int64', days)})`;
  return `toUnixTimestamp64Milli(toDateTime64(${moved}, 3, ${zone}))`;
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
