import { cohortReads, type CohortReads } from '../cohort/definition-reads.js';
import type { CanonicalCohort } from '../cohort/definition.js';
import { movesWithAsOf } from '../event/time-bound.js';
import { metric } from '../metric/catalogue.js';
import type { MetricReads } from '../metric/define-metric.js';
import { breakdownOf } from '../series/breakdown.js';
import { plannedCells, seriesPoints } from '../series/series-cells.js';
import { slicesOf } from '../series/series-slices.js';
import { utcDay } from '../time/utc-day.js';
import type { CanonicalRequest } from './canonical-request.js';
import { instantMs, plannedBirths, plannedWindow, reachOf, reachBefore } from './planned-window.js';
import type { OpenInterval } from './run-plan.js';

/** Inclusive range of UTC days since 1970-01-01; null is open. */
export interface DayRange {
  readonly fromDay: number | null;
  readonly toDay: number | null;
}

/**
 * What a result reads, in the terms of docs/semantics.md#freshness: it is stale as soon as one of these has moved since
 * its data version. Null or false: not read at all.
 */
export interface Reads {
  /** Days on which a landing event can change the answer. */
  readonly eventDays: DayRange | null;
  /** Registrations (old or new instant) that can change the answer; "none" counts as inside. */
  readonly registrationDays: DayRange | null;
  /**
   * A user id seen for the first time can change the answer. The first upsert of an id counts as well, though events
   * named it before: where these lie at or after as_of, it is the upsert that makes the user known.
   */
  readonly newUsers: boolean;
  /** A trait of any user can change the answer. */
  readonly traits: boolean;
}

/**
 * What makes a stored answer stale: data that it reads, and beside these `batches` where some of them were taken back;
 * `time`, where the same data would answer otherwise by now; or `semantics`, where the program would.
 */
export const CHANGE_KINDS = ['events', 'registrations', 'users', 'traits', 'batches', 'time', 'semantics'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** What is known of a stored result and narrows what it reads. Each not given: unknown, so the wider reading holds. */
export interface ReadsFacts {
  /** `as_of` of the run, where the request has none. */
  readonly asOfMs?: number;
  /** Some member is `unknown_user`. */
  readonly unknownUsers?: boolean;
  /** Some member is `no_birth`. */
  readonly usersWithoutBirth?: boolean;
}

const ANY: OpenInterval = { fromMs: null, toMs: null };

/**
 * What an answer depends on, by docs/semantics.md#freshness: never less, sometimes more. Of a request with as_of,
 * events at or after it are not seen; of one without, a later answer looks further, so its days have no such end.
 */
export function readsOf(canonical: CanonicalRequest, facts: ReadsFacts = {}): Reads {
  const cohort = cohortReads(canonical.cohort, instantMs(canonical.as_of));
  return {
    eventDays: days(
      capped(
        hull([
          windowInterval(canonical, facts),
          birthInterval(canonical, facts),
          knownInterval(canonical, cohort, facts),
          ...cohort.events,
        ]),
        canonical,
      ),
    ),
    registrationDays: days(
      hull([
        registrationInterval(canonical),
        cohort.everybody ? laterRegistrations(canonical, facts) : null,
        ...cohort.registrations,
      ]),
    ),
    newUsers: cohort.everybody || facts.unknownUsers !== false,
    traits: cohort.traits || readsTraits(canonical),
  };
}

/** Null where no events are read. */
function windowInterval(canonical: CanonicalRequest, facts: ReadsFacts): OpenInterval | null {
  const { events } = readsOfMetric(canonical);
  if (events === 'none') return null;
  if (events === 'any') return ANY;
  const { beforeMs } = reachOf(canonical);
  const window = plannedWindow(canonical);
  if (!window) {
    const asOfMs = instantMs(canonical.as_of) ?? facts.asOfMs;
    const [slice] = slicesOf(canonical);
    if (asOfMs === undefined) return ANY;
    return { fromMs: Math.min(asOfMs, slice?.fromMs ?? Infinity) - beforeMs, toMs: null };
  }
  const cells = plannedCells(canonical);
  const births = plannedBirths(canonical);
  const { fromMs, toMs } = reachBefore(beforeMs, { window, births, cells });
  return { fromMs: openIfEndless(fromMs), toMs: openIfEndless(toMs) };
}

function readsTraits(canonical: CanonicalRequest): boolean {
  return breakdownOf(canonical.breakdown)?.of === 'trait' || readsOfMetric(canonical).excludes !== null;
}

function readsOfMetric({ metric: id, params }: CanonicalRequest): MetricReads {
  return metric(id).reads(params);
}

/**
 * A first event after `births.to` changes nothing, except for a user who had none: `no_birth` becomes `out_of_range`.
 */
function birthInterval(canonical: CanonicalRequest, facts: ReadsFacts): OpenInterval | null {
  if (canonical.birth?.kind !== 'first_event') return null;
  return facts.usersWithoutBirth === false ? { fromMs: null, toMs: plannedBirths(canonical)?.toMs ?? null } : ANY;
}

/**
 * A user whom only events after as_of name is not known, though no longer new: any event before as_of makes him known.
 * Without as_of in the request this cannot be, since a result with later events is never fresh (`validUntil`).
 */
function knownInterval(
  canonical: CanonicalRequest,
  { everybody }: CohortReads,
  facts: ReadsFacts,
): OpenInterval | null {
  if (canonical.as_of === null) return null;
  return everybody || facts.unknownUsers !== false ? ANY : null;
}

function registrationInterval(canonical: CanonicalRequest): OpenInterval | null {
  return canonical.birth?.kind === 'registration' ? (plannedBirths(canonical) ?? ANY) : null;
}

/** `all` leaves out who registers at or after as_of. */
function laterRegistrations(canonical: CanonicalRequest, facts: ReadsFacts): OpenInterval {
  return { fromMs: instantMs(canonical.as_of) ?? facts.asOfMs ?? null, toMs: null };
}

/** The shortest interval that holds all; null where there is none. */
function hull(intervals: readonly (OpenInterval | null)[]): OpenInterval | null {
  const some = intervals.filter((interval) => interval !== null);
  if (some.length === 0) return null;
  return {
    fromMs: some.some(({ fromMs }) => fromMs === null) ? null : Math.min(...some.map(({ fromMs }) => fromMs ?? 0)),
    toMs: some.some(({ toMs }) => toMs === null) ? null : Math.max(...some.map(({ toMs }) => toMs ?? 0)),
  };
}

/** Without what lies at or after as_of; null when nothing is left. */
function capped(interval: OpenInterval | null, canonical: CanonicalRequest): OpenInterval | null {
  const asOfMs = instantMs(canonical.as_of);
  if (!interval || asOfMs === null) return interval;
  if (interval.fromMs !== null && interval.fromMs >= asOfMs) return null;
  return { fromMs: interval.fromMs, toMs: Math.min(interval.toMs ?? Infinity, asOfMs) };
}

/** The UTC days that an interval touches. */
function days(interval: OpenInterval | null): DayRange | null {
  if (!interval) return null;
  return {
    fromDay: interval.fromMs === null ? null : utcDay(interval.fromMs),
    toDay: interval.toMs === null ? null : utcDay(interval.toMs - 1),
  };
}

function openIfEndless(ms: number): number | null {
  return Number.isFinite(ms) ? ms : null;
}

/** What the members of a cohort depend on, as of `asOfMs`, beside the passing of time. Never less, sometimes more. */
export function readsOfCohort(cohort: CanonicalCohort, asOfMs: number): Reads {
  const { events, registrations, everybody, traits } = cohortReads(cohort, null);
  const later = everybody ? { fromMs: asOfMs, toMs: null } : null;
  return {
    eventDays: days(hull(events)),
    registrationDays: days(hull([...registrations, later])),
    newUsers: everybody,
    traits,
  };
}

/** What a run found out about the time after its as_of. UTC milliseconds. */
export interface ValidityFacts {
  /** The next start or end of some user's window. */
  readonly nextChangeMs: number | null;
  /**
   * The property holds an event at or after as_of, whosever and wherever: it may fall into a window, be a birth or make
   * a user known.
   */
  readonly laterEvents: boolean;
  /** The next registration at or after as_of in the property. */
  readonly nextRegistrationMs: number | null;
}

/**
 * The first instant at which the same data could answer otherwise, perhaps earlier, never later; null: never, as for
 * every request that gives its as_of.
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
function isRelative({ cohort, metric: id, params, birth }: CanonicalRequest): boolean {
  const { excludes } = metric(id).reads(params);
  const filters = [params.where, birth?.kind === 'first_event' ? birth.where : null, excludes];
  return cohortReads(cohort, null).relative || filters.some(movesWithAsOf);
}

/** They also matter for a cohort without users, whose warnings change with them. */
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
