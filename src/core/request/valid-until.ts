import { cohortReads } from '../cohort/definition-reads.js';
import type { TraitFilter } from '../event/filter.js';
import { parseTraitFilter } from '../event/parse-filter.js';
import { movesWithAsOf } from '../event/time-bound.js';
import { isGiven } from '../json-shape.js';
import { plannedCells, seriesPoints } from '../series/series-cells.js';
import type { CanonicalRequest } from './canonical-request.js';
import { plannedWindow } from './planned-window.js';

/** What a run found out about the time after its as_of. UTC milliseconds. */
export interface ValidityFacts {
  /** The next start or end of some user's window. */
  readonly nextChangeMs: number | null;
  /** The property holds an event at or after as_of, whosever and wherever: it may fall into a window, be a birth or make a user known. */
  readonly laterEvents: boolean;
  /** The next registration at or after as_of in the property. */
  readonly nextRegistrationMs: number | null;
}

/**
 * The first instant at which the same data could answer otherwise, perhaps earlier, never later; null: never, as for every request that gives its as_of.
 */
export function validUntil(canonical: CanonicalRequest, asOfMs: number, facts: ValidityFacts): number | null {
  if (canonical.as_of !== null) return null;
  if (facts.laterEvents || isRelative(canonical)) return asOfMs;
  const ahead = [
    facts.nextChangeMs,
    facts.nextRegistrationMs,
    ...fixedBounds(canonical),
    ...seriesBounds(canonical),
  ].filter((ms): ms is number => ms !== null && ms >= asOfMs);
  return ahead.length === 0 ? null : Math.min(...ahead);
}

/** Whether the request itself holds a time that moves with as_of. */
function isRelative({ cohort, params, birth }: CanonicalRequest): boolean {
  const filters = [params.where, birth?.kind === 'first_event' ? birth.where : null, excluded(params)];
  return cohortReads(cohort, null).relative || filters.some(movesWithAsOf);
}

function excluded(params: CanonicalRequest['params']): TraitFilter | null {
  return isGiven(params['exclude']) ? parseTraitFilter(params['exclude'], '/params/exclude') : null;
}

/** Also of a cohort without users, whose warnings change with them. */
function fixedBounds(canonical: CanonicalRequest): number[] {
  const window = plannedWindow(canonical);
  return window?.kind === 'fixed' ? [window.fromMs, window.toMs].filter((ms) => ms !== Infinity) : [];
}

/** A slice that begins is measured, and one that ends is complete. */
function seriesBounds(canonical: CanonicalRequest): number[] {
  const cells = plannedCells(canonical);
  const windows = cells?.by === 'event_time' ? cells.windows : [];
  return [
    ...windows.flatMap(({ fromMs, toMs }) => [fromMs, toMs]),
    ...seriesPoints(canonical).map(({ completeMs }) => completeMs),
  ].filter((ms) => ms !== Infinity);
}
