import { Failure, invalid } from '../failure.js';
import type { MetricDefinition } from '../metric/metric.js';
import { formatDuration, parseDuration } from '../time/duration.js';
import { formatInstant } from '../time/instant.js';
import type { CanonicalBirths, CanonicalParams, CanonicalWindow } from './canonical-request.js';
import { windowMissing, type ParsedWindow } from './parse-window.js';
import type { OpenInterval } from './run-plan.js';

export interface SettledWindow {
  readonly window: CanonicalWindow | null;
  /** Where the window is the metric's own `t`, the parameters say its length. */
  readonly params: CanonicalParams;
}

/**
 * One window for a metric. `threshold` and `survival` count their `t` from birth, and it is the window's length: either may be given, both must be equal, neither
 * means the default of `t`; in a fixed window it is `to - from`. 422 `invalid_window`.
 */
export function settleWindow(
  definition: MetricDefinition,
  params: CanonicalParams,
  tGiven: boolean,
  window: ParsedWindow | null,
): SettledWindow {
  if (definition.windowFromT) return windowOfT(definition, params, tGiven, window);
  if (definition.looksBack) return windowOfAsOf(definition, params, window);
  if (!window) throw windowMissing('/window');
  if (definition.ofRegistrations && window.kind !== 'fixed') throw notFixed(definition);
  if (window.kind === 'fixed') return { window: canonicalWindow(window, 0), params };
  if (window.lengthMs !== null) return { window: canonicalWindow(window, window.lengthMs), params };
  throw invalid('invalid_window', '/window/length', 'A window since birth has a `length`, such as "P30D".');
}

/** A window here would pass for the time in which events count, which `u` says. */
function windowOfAsOf({ id }: MetricDefinition, params: CanonicalParams, window: ParsedWindow | null): SettledWindow {
  if (!window) return { window: null, params };
  const detail = `${id} has no window: it looks back from as_of by its \`u\`. Leave \`window\` out, and give \`as_of\` for another instant than now.`;
  throw invalid('invalid_window', '/window', detail);
}

function notFixed({ id }: MetricDefinition): Failure {
  const detail = `${id} takes a fixed window: {"kind": "fixed", "from": "1997-01-01", "to": "1997-02-01"}.`;
  return invalid('invalid_window', '/window/kind', detail);
}

function windowOfT(
  definition: MetricDefinition,
  params: CanonicalParams,
  tGiven: boolean,
  given: ParsedWindow | null,
): SettledWindow {
  const window: ParsedWindow = given ?? { kind: 'since_birth', lengthMs: null, offsetMs: 0, births: null };
  if (window.kind === 'since_birth' && window.offsetMs !== 0) {
    throw invalid(
      'invalid_window',
      '/window/offset',
      `The window of ${definition.id} begins at birth: \`offset\` is PT0S.`,
    );
  }
  const tMs = parseDuration(params['t'], '/params/t');
  const lengthMs = window.kind === 'fixed' ? window.toMs - window.fromMs : window.lengthMs;
  if (tGiven && lengthMs !== null && lengthMs !== tMs) throw unequal(definition, window, tMs, lengthMs);
  const settledMs = lengthMs ?? tMs;
  return { window: canonicalWindow(window, settledMs), params: { ...params, t: formatDuration(settledMs) } };
}

function unequal(definition: MetricDefinition, window: ParsedWindow, tMs: number, lengthMs: number): Failure {
  const [pointer, what] = window.kind === 'fixed' ? ['/window', '`to - from`'] : ['/window/length', '`length`'];
  const detail = `In ${definition.id} \`t\` is the window's length: \`t\` is ${formatDuration(tMs)}, ${what} is ${formatDuration(lengthMs)}. Give one of them, or both equal.`;
  return new Failure('invalid_window', detail, [
    { pointer: '/params/t', detail },
    { pointer, detail },
  ]);
}

function canonicalWindow(window: ParsedWindow, lengthMs: number): CanonicalWindow {
  const births = canonicalBirths(window.births);
  if (window.kind === 'fixed') {
    const [from, to] = [formatInstant(window.fromMs), formatInstant(window.toMs)];
    return { kind: 'fixed', from, to, births: window.births && births };
  }
  return {
    kind: 'since_birth',
    age: 'elapsed',
    length: formatDuration(lengthMs),
    offset: formatDuration(window.offsetMs),
    births,
  };
}

function canonicalBirths(births: OpenInterval | null): CanonicalBirths {
  return { from: instantOrOpen(births?.fromMs), to: instantOrOpen(births?.toMs) };
}

function instantOrOpen(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : formatInstant(ms);
}
