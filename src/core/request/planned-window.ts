import {
  parseCalendarDuration,
  plus,
  smallestUnit,
  type CalendarDuration,
  type CalendarUnit,
} from '../time/calendar-duration.js';
import type { Period } from '../time/calendar.js';
import { parseDuration } from '../time/duration.js';
import type { CanonicalRequest, CanonicalWindow } from './canonical-request.js';
import type { WeekDay } from '../time/week-day.js';
import type { OpenInterval, PlannedWindow } from './run-plan.js';

export type FixedWindow = Extract<CanonicalWindow, { kind: 'fixed' }>;
export type ElapsedWindow = Extract<CanonicalWindow, { age: 'elapsed' }>;
export type CalendarWindow = Extract<CanonicalWindow, { age: 'calendar' }>;

/**
 * Null where the metric looks back from as_of. Else the window in which a request looks for events. That of `survival` begins where the given one ends and lasts for the sunset;
 * without sunset it has no end (Infinity).
 */
export function plannedWindow(canonical: CanonicalRequest): PlannedWindow | null {
  const { window } = canonical;
  // The window of a series says of which slices, not how far is looked back.
  if (!window || canonical.metric === 'rolling_active') return null;
  if (window.kind === 'fixed') return { kind: 'fixed', ...observedPeriod(canonical, fixedMs(window)) };
  if (window.age === 'elapsed') {
    const { fromMs, toMs } = observedPeriod(canonical, elapsedMs(window));
    return { kind: 'since_birth', offsetMs: fromMs, lengthMs: toMs - fromMs };
  }
  return sinceCalendar(canonical, window);
}

/** Births that count; null where all do. */
export function plannedBirths({ window }: CanonicalRequest): OpenInterval | null {
  const fromMs = instantMs(window?.births?.from);
  const toMs = instantMs(window?.births?.to);
  return fromMs === null && toMs === null ? null : { fromMs, toMs };
}

/** How far before its window a metric looks, in milliseconds. */
export function reachMs({ metric, params }: CanonicalRequest): number {
  return metric === 'rolling_active' ? 2 * parseDuration(params['u'], '/params/u') : 0;
}

/** Of a canonical instant. */
export function instantMs(instant: string | null | undefined): number | null {
  return instant ? Date.parse(instant) : null;
}

export function fixedMs({ from, to }: FixedWindow): Period {
  return { fromMs: Date.parse(from), toMs: Date.parse(to) };
}

/** Counted from birth. */
export function elapsedMs({ offset, length }: ElapsedWindow): Period {
  const offsetMs = parseDuration(offset, '/window/offset');
  return { fromMs: offsetMs, toMs: offsetMs + parseDuration(length, '/window/length') };
}

/** Where the events of a metric lie whose window is this one. */
export function observedPeriod({ metric, params }: CanonicalRequest, window: Period): Period {
  if (metric !== 'survival') return window;
  return { fromMs: window.toMs, toMs: window.toMs + sunsetMs(params) };
}

function sunsetMs(params: CanonicalRequest['params']): number {
  return params['sunset'] === null ? Infinity : parseDuration(params['sunset'], '/params/sunset');
}

/** Of a calendar window: where it begins, where it ends, and what is counted, whose period birth is taken back to the start of. */
export function calendarLengths({ series }: Pick<CanonicalRequest, 'series'>, window: CalendarWindow): CalendarLengths {
  const offset = parseCalendarDuration(window.offset, '/window/offset');
  const length = parseCalendarDuration(window.length, '/window/length');
  const age = series?.age ? parseCalendarDuration(series.age, '/series/age') : null;
  const unit = (age ? age.unit : smallestUnit(length.unit, offset.unit)) ?? 'day';
  return { offset, length, end: plus(offset, length), age, unit };
}

export interface CalendarLengths {
  readonly offset: CalendarDuration;
  readonly length: CalendarDuration;
  readonly end: CalendarDuration;
  readonly age: CalendarDuration | null;
  readonly unit: CalendarUnit;
}

/** How long the events of `survival` count from the end of a window on; null: those in the window count. */
export function lastsMs({ metric, params }: CanonicalRequest): number | null {
  return metric === 'survival' ? sunsetMs(params) : null;
}

function sinceCalendar(canonical: CanonicalRequest, window: CalendarWindow): PlannedWindow {
  const { offset, end, unit } = calendarLengths(canonical, window);
  const after = lastsMs(canonical);
  return {
    kind: 'since_calendar',
    timeZone: canonical.time_zone,
    weekStart: canonical.week_start as WeekDay,
    unit,
    from: after === null ? offset : end,
    to: end,
    lastsMs: after ?? 0,
  };
}
