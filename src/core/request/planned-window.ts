import { metric } from '../metric/catalogue.js';
import type { Reach } from '../metric/define-metric.js';
import {
  parseCalendarDuration,
  plus,
  smallestUnit,
  type CalendarDuration,
  type CalendarUnit,
} from '../time/calendar-duration.js';
import { addCalendar, periodAt, type Period } from '../time/calendar.js';
import { parseDuration } from '../time/duration.js';
import type { CanonicalRequest, CanonicalWindow } from './canonical-request.js';
import type { OpenInterval, PlannedCells, PlannedWindow, RunPlan } from './run-plan.js';

type FixedWindow = Extract<CanonicalWindow, { kind: 'fixed' }>;
export type ElapsedWindow = Extract<CanonicalWindow, { age: 'elapsed' }>;
export type CalendarWindow = Extract<CanonicalWindow, { age: 'calendar' }>;

/**
 * The window in which a request looks for events; null where the metric looks back from as_of. Where events count after
 * the window, it begins at the end of the given one, and may have no end (Infinity).
 */
export function plannedWindow(canonical: CanonicalRequest): PlannedWindow | null {
  const { window } = canonical;
  // Here the window of a series gives the slices, not how far the metric looks back.
  if (!window || metric(canonical.metric).looksBack) return null;
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

/** Of a canonical instant. */
export function instantMs(instant: string | null | undefined): number | null {
  return instant ? Date.parse(instant) : null;
}

function fixedMs({ from, to }: FixedWindow): Period {
  return { fromMs: Date.parse(from), toMs: Date.parse(to) };
}

/** Counted from birth. */
export function elapsedMs({ offset, length }: ElapsedWindow): Period {
  const offsetMs = parseDuration(offset, '/window/offset');
  return { fromMs: offsetMs, toMs: offsetMs + parseDuration(length, '/window/length') };
}

/** How far the metric of a request looks beyond a window. */
export function reachOf({ metric: id, params }: CanonicalRequest): Reach {
  return metric(id).reach(params);
}

/** Where the events lie that count for this window. */
export function observedPeriod(canonical: CanonicalRequest, window: Period): Period {
  const { afterEndMs } = reachOf(canonical);
  return afterEndMs === null ? window : { fromMs: window.toMs, toMs: window.toMs + afterEndMs };
}

/**
 * Offset, length and end of a calendar window, the age of its series, and the unit whose period of birth it is counted
 * from.
 */
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

function sinceCalendar(canonical: CanonicalRequest, window: CalendarWindow): PlannedWindow {
  const { offset, end, unit } = calendarLengths(canonical, window);
  const { afterEndMs: after } = reachOf(canonical);
  return {
    kind: 'since_calendar',
    timeZone: canonical.time_zone,
    weekStart: canonical.week_start,
    unit,
    from: after === null ? offset : end,
    to: end,
    lastsMs: after ?? 0,
  };
}

/**
 * Instants of the events that some window of a run can hold, its births widened by offset and length, and those before
 * a window that the metric reads; open ends are infinite.
 */
export function windowReach({
  metric: plan,
  window,
  cells,
  births,
}: Pick<RunPlan, 'metric' | 'window' | 'cells' | 'births'>): Period {
  return reachBefore(metric(plan.kind).lookBackMs(plan), { window, cells, births });
}

/** As `windowReach`, where the metric reads events so far before a window. */
export function reachBefore(
  lookBackMs: number,
  { window, cells, births }: Pick<RunPlan, 'window' | 'cells' | 'births'>,
): Period {
  const born = { fromMs: births?.fromMs ?? -Infinity, toMs: births?.toMs ?? Infinity };
  const periods = [ofWindow(window, born), ...ofCells(cells, born)];
  return {
    fromMs: Math.min(...periods.map(({ fromMs }) => fromMs)) - lookBackMs,
    toMs: Math.max(...periods.map(({ toMs }) => toMs)),
  };
}

function ofWindow(window: PlannedWindow, born: Period): Period {
  switch (window.kind) {
    case 'fixed':
      return { fromMs: window.fromMs, toMs: window.toMs };
    case 'since_birth':
      return { fromMs: born.fromMs + window.offsetMs, toMs: born.toMs + window.offsetMs + window.lengthMs };
    case 'since_calendar': {
      const { timeZone, weekStart, unit, to, lastsMs } = window;
      const periodOf = (ms: number): number => periodAt(ms, unit, { timeZone, weekStart }).fromMs;
      return {
        // Never before the birth itself.
        fromMs: born.fromMs,
        toMs: born.toMs === Infinity ? Infinity : addCalendar(periodOf(born.toMs - 1), to, timeZone) + lastsMs,
      };
    }
  }
}

function ofCells(cells: PlannedCells | null, born: Period): readonly Period[] {
  if (!cells) return [];
  if (cells.by === 'event_time') return cells.windows;
  // Those of the calendar lie between the births and the end of the whole window.
  if (cells.ages?.by !== 'elapsed') return [];
  return cells.ages.cells.map(({ fromMs, toMs }) => ({ fromMs: born.fromMs + fromMs, toMs: born.toMs + toMs }));
}

/**
 * Up to where a fixed window that has begun and is not over was measured: as_of, in UTC milliseconds. Null where the
 * window is over, has not begun, moves with each birth, or has no end of its own (survival without sunset ends at
 * as_of).
 */
export function observedTo(canonical: CanonicalRequest, asOfMs: number): number | null {
  const window = plannedWindow(canonical);
  if (window?.kind !== 'fixed' || window.toMs === Infinity) return null;
  return window.fromMs < asOfMs && asOfMs < window.toMs ? asOfMs : null;
}
