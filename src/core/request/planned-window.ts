import { calendarOf, slicesOf } from '../series/series-slices.js';
import { parseCalendarDuration, plus } from '../time/calendar-duration.js';
import { addCalendar, type Period } from '../time/calendar.js';
import { parseDuration } from '../time/duration.js';
import type { CanonicalRequest, CanonicalWindow } from './canonical-request.js';
import type { OpenInterval, PlannedWindow } from './run-plan.js';

export type FixedWindow = Extract<CanonicalWindow, { kind: 'fixed' }>;
export type ElapsedWindow = Extract<CanonicalWindow, { age: 'elapsed' }>;
export type CalendarWindow = Extract<CanonicalWindow, { age: 'calendar' }>;

/**
 * Null where the metric looks back from as_of. Else the window in which a request looks for events. That of `survival` begins where the given one ends and lasts for the sunset;
 * without sunset it has no end (Infinity).
 */
export function plannedWindow(canonical: CanonicalRequest): PlannedWindow | null {
  const { window, series } = canonical;
  // The window of a series says of which slices, not how far is looked back.
  if (!window || canonical.metric === 'rolling_active') return null;
  if (window.kind === 'fixed') return { kind: 'fixed', ...evidence(canonical, fixedMs(window)) };
  if (window.age === 'elapsed') {
    const { fromMs, toMs } = evidence(canonical, elapsedMs(window));
    return { kind: 'since_birth', offsetMs: fromMs, lengthMs: toMs - fromMs };
  }
  return series?.by === 'birth' ? sincePeriod(canonical, window) : sinceLocalDay(canonical, window);
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
export function evidence({ metric, params }: CanonicalRequest, window: Period): Period {
  if (metric !== 'survival') return window;
  return { fromMs: window.toMs, toMs: window.toMs + sunsetMs(params) };
}

function sunsetMs(params: CanonicalRequest['params']): number {
  return params['sunset'] === null ? Infinity : parseDuration(params['sunset'], '/params/sunset');
}

function sinceLocalDay(canonical: CanonicalRequest, window: CalendarWindow): PlannedWindow {
  const offset = parseCalendarDuration(window.offset, '/window/offset');
  const end = plus(offset, parseCalendarDuration(window.length, '/window/length'));
  const timeZone = canonical.time_zone;
  if (canonical.metric !== 'survival') {
    return { kind: 'since_local_day', timeZone, from: offset, to: end, lastsMs: 0 };
  }
  return { kind: 'since_local_day', timeZone, from: end, to: end, lastsMs: sunsetMs(canonical.params) };
}

/** Everyone born in a slice counts from the start of its period, so the windows are known beforehand. */
function sincePeriod(canonical: CanonicalRequest, window: CalendarWindow): PlannedWindow {
  const { timeZone } = calendarOf(canonical);
  const offset = parseCalendarDuration(window.offset, '/window/offset');
  const end = plus(offset, parseCalendarDuration(window.length, '/window/length'));
  const slices = slicesOf(canonical);
  return {
    kind: 'since_period',
    origins: slices.map(({ periodMs }) => periodMs),
    windows: slices.map(({ periodMs }) => {
      const fromMs = addCalendar(periodMs, offset, timeZone);
      return evidence(canonical, { fromMs, toMs: addCalendar(periodMs, end, timeZone) });
    }),
  };
}
