import { Failure, invalid } from '../failure.js';
import { isGiven } from '../json-shape.js';
import type { MetricDefinition } from '../metric/define-metric.js';
import {
  formatCalendarDuration,
  isNothing,
  parseCalendarDuration,
  smallestUnit,
  type CalendarUnit,
  type WrittenDuration,
} from '../time/calendar-duration.js';
import { formatDuration, parseDuration } from '../time/duration.js';
import { formatInstant } from '../time/instant.js';
import type { CanonicalBirths, CanonicalParams, CanonicalSeries, CanonicalWindow } from './canonical-request.js';
import { tooShort, windowMissing, type ParsedWindow } from './parse-window.js';
import type { OpenInterval } from './run-plan.js';

type ElapsedWindow = Extract<ParsedWindow, { age: 'elapsed' }>;
type CalendarWindow = Extract<ParsedWindow, { age: 'calendar' }>;

export interface SettledWindow {
  readonly window: CanonicalWindow | null;
  /** Where the window is the metric's own `t`, the parameters say its length. */
  readonly params: CanonicalParams;
}

/**
 * One window for a metric. Where a metric counts its `t` from birth, that is the window's length: either may be given,
 * both must be equal, neither means the default of `t`; in a fixed window it is `to - from`. 422 `invalid_window`.
 */
export function settleWindow(
  definition: MetricDefinition,
  params: CanonicalParams,
  givenT: unknown,
  window: ParsedWindow | null,
  series: CanonicalSeries | null,
): SettledWindow {
  if (definition.windowFromT) return windowOfT(definition, params, givenT, window, series);
  if (definition.looksBack) return windowOfAsOf(definition, params, window, series);
  if (!window) throw windowMissing('/window');
  if (definition.ofRegistrations && window.kind !== 'fixed') throw notFixed(definition);
  if (window.kind === 'fixed') return { window: fixedWindow(window), params };
  if (window.age === 'calendar') {
    return { window: calendarWindow(window, longerThanNothing(window.length ?? lengthMissing()), series), params };
  }
  const lengthMs = window.lengthMs ?? lengthMissing();
  if (lengthMs === 0) throw tooShort('/window/length');
  return { window: elapsedWindow(window, lengthMs), params };
}

function lengthMissing(): never {
  throw invalid('invalid_window', '/window/length', 'A window since birth has a `length`, such as "P30D".');
}

function longerThanNothing(length: WrittenDuration): WrittenDuration {
  if (isNothing(length)) throw tooShort('/window/length');
  return length;
}

/**
 * A metric that looks back takes a window only for its series: else it would be mistaken for the time in which events
 * count.
 */
function windowOfAsOf(
  { id }: MetricDefinition,
  params: CanonicalParams,
  window: ParsedWindow | null,
  series: CanonicalSeries | null,
): SettledWindow {
  if (!window) return { window: null, params };
  if (series) return windowOfSlices(id, params, window, series);
  const detail = `${id} has no window: it looks back from as_of by its \`u\`. Leave \`window\` out, and give \`as_of\` for another instant than now.`;
  throw invalid('invalid_window', '/window', detail);
}

/** The range of the series of a metric that looks back: each slice ends at an instant to look back from. */
function windowOfSlices(
  id: string,
  params: CanonicalParams,
  window: ParsedWindow,
  series: CanonicalSeries,
): SettledWindow {
  if (window.kind === 'fixed' && !window.births && series.by === 'event_time') {
    return { window: fixedWindow(window), params };
  }
  const detail = `A series of ${id} looks back from the end of each slice: give a fixed window without \`births\`, whose slices are by event_time.`;
  throw invalid('invalid_window', window.kind === 'fixed' && window.births ? '/window/births' : '/window', detail);
}

function notFixed({ id }: MetricDefinition): Failure {
  const detail = `${id} takes a fixed window: {"kind": "fixed", "from": "1997-01-01", "to": "1997-02-01"}.`;
  return invalid('invalid_window', '/window/kind', detail);
}

function windowOfT(
  definition: MetricDefinition,
  params: CanonicalParams,
  givenT: unknown,
  given: ParsedWindow | null,
  series: CanonicalSeries | null,
): SettledWindow {
  const window: ParsedWindow = given ?? {
    kind: 'since_birth',
    age: 'elapsed',
    lengthMs: null,
    offsetMs: 0,
    births: null,
  };
  if (window.kind === 'since_birth' && definition.refusesOffset && hasOffset(window)) {
    const detail = `The window of ${definition.id} begins at birth: \`offset\` is PT0S.`;
    throw invalid('invalid_window', '/window/offset', detail);
  }
  if (window.kind === 'since_birth' && window.age === 'calendar') {
    return calendarT(definition, params, givenT, window, series);
  }
  const t = String(params['t']);
  const lengthMs = window.kind === 'fixed' ? window.toMs - window.fromMs : window.lengthMs;
  const length = lengthMs === null ? t : formatDuration(lengthMs);
  if (isGiven(givenT) && length !== t) throw unequal(definition, window, t, length);
  refuseNothing(definition, parseDuration(length, '/window/length') === 0, series);
  return {
    window:
      window.kind === 'fixed' ? fixedWindow(window) : elapsedWindow(window, parseDuration(length, '/window/length')),
    params: { ...params, t: length },
  };
}

/** In a calendar window `t` is a calendar duration, as the length is. */
function calendarT(
  definition: MetricDefinition,
  params: CanonicalParams,
  givenT: unknown,
  window: CalendarWindow,
  series: CanonicalSeries | null,
): SettledWindow {
  const t = isGiven(givenT) ? parseCalendarDuration(givenT, '/params/t') : null;
  const length = window.length ?? t ?? lengthMissing();
  const settled = calendarWindow(window, length, series);
  if (t && (t.months !== length.months || t.days !== length.days)) {
    throw unequal(definition, window, formatCalendarDuration(t), settled.length);
  }
  refuseNothing(definition, isNothing(length), series);
  return { window: settled, params: { ...params, t: settled.length } };
}

/** Where a metric takes a `t` of nothing, there are no ages up to it. */
function refuseNothing({ id, parameters }: MetricDefinition, isNone: boolean, series: CanonicalSeries | null): void {
  if (!isNone) return;
  if (parameters['t']?.mayBeNothing !== true) throw tooShort('/window/length');
  if (!series?.age) return;
  const detail = `By ages ${id} counts from the end of each, and there is none with a \`t\` of PT0S: give a longer \`t\`, or no \`age\`.`;
  throw invalid('invalid_window', '/series/age', detail);
}

function hasOffset(window: Exclude<ParsedWindow, { kind: 'fixed' }>): boolean {
  return window.age === 'calendar' ? !isNothing(window.offset) : window.offsetMs !== 0;
}

function unequal(definition: MetricDefinition, window: ParsedWindow, t: string, length: string): Failure {
  const [pointer, what] = window.kind === 'fixed' ? ['/window', '`to - from`'] : ['/window/length', '`length`'];
  const detail = `In ${definition.id} \`t\` is the window's length: \`t\` is ${t}, ${what} is ${length}. Give one of them, or both equal.`;
  return new Failure('invalid_window', detail, [
    { pointer: '/params/t', detail },
    { pointer, detail },
  ]);
}

function fixedWindow({ fromMs, toMs, births }: Extract<ParsedWindow, { kind: 'fixed' }>): CanonicalWindow {
  return {
    kind: 'fixed',
    from: formatInstant(fromMs),
    to: formatInstant(toMs),
    births: births && canonicalBirths(births),
  };
}

function elapsedWindow({ offsetMs, births }: ElapsedWindow, lengthMs: number): CanonicalWindow {
  return {
    kind: 'since_birth',
    age: 'elapsed',
    length: formatDuration(lengthMs),
    offset: formatDuration(offsetMs),
    births: canonicalBirths(births),
  };
}

/** In the unit that is counted: that of the ages, else the smallest of the window's own. */
function calendarWindow(
  { offset, births }: CalendarWindow,
  length: WrittenDuration,
  series: CanonicalSeries | null,
): Extract<CanonicalWindow, { age: 'calendar' }> {
  const unit: CalendarUnit | null = series?.age
    ? parseCalendarDuration(series.age, '/series/age').unit
    : smallestUnit(length.unit, offset.unit);
  return {
    kind: 'since_birth',
    age: 'calendar',
    length: formatCalendarDuration({ ...length, unit }),
    offset: formatCalendarDuration({ ...offset, unit }),
    births: canonicalBirths(births),
  };
}

function canonicalBirths(births: OpenInterval | null): CanonicalBirths {
  return { from: instantOrOpen(births?.fromMs), to: instantOrOpen(births?.toMs) };
}

function instantOrOpen(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : formatInstant(ms);
}
