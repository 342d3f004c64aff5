import { parseDuration } from '../time/duration.js';
import type { CanonicalRequest, CanonicalWindow } from './canonical-request.js';
import type { OpenInterval, PlannedWindow } from './run-plan.js';

/**
 * Null where the metric looks back from as_of. Else the window in which a request looks for events. That of `survival` begins where the given one ends and lasts for the sunset;
 * without sunset it has no end (Infinity).
 */
export function plannedWindow({ metric, params, window }: CanonicalRequest): PlannedWindow | null {
  if (!window) return null;
  const given = windowMs(window);
  if (metric !== 'survival') return given;
  const sunsetMs = params['sunset'] === null ? Infinity : parseDuration(params['sunset'], '/params/sunset');
  return given.kind === 'fixed'
    ? { kind: 'fixed', fromMs: given.toMs, toMs: given.toMs + sunsetMs }
    : { kind: 'since_birth', offsetMs: given.offsetMs + given.lengthMs, lengthMs: sunsetMs };
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

function windowMs(window: CanonicalWindow): PlannedWindow {
  return window.kind === 'fixed'
    ? { kind: 'fixed', fromMs: Date.parse(window.from), toMs: Date.parse(window.to) }
    : {
        kind: 'since_birth',
        offsetMs: parseDuration(window.offset, '/window/offset'),
        lengthMs: parseDuration(window.length, '/window/length'),
      };
}

/** Of a canonical instant. */
export function instantMs(instant: string | null | undefined): number | null {
  return instant ? Date.parse(instant) : null;
}
