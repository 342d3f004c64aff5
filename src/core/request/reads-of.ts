import { cohortReads, type CohortReads } from '../cohort/definition-reads.js';
import { utcDay } from '../time/utc-day.js';
import type { CanonicalRequest } from './canonical-request.js';
import { breakdownOf } from '../series/parse-breakdown.js';
import { slicesOf } from '../series/series-slices.js';
import { plannedCells } from '../series/series-cells.js';
import { instantMs, plannedBirths, plannedWindow, reachMs } from './planned-window.js';
import type { DayRange, Reads } from './reads.js';
import type { OpenInterval } from './run-plan.js';
import { windowReach } from './window-reach.js';

/** What is known of a stored result and narrows what it reads. Each not given: unknown, so the wider reading holds. */
export interface ReadsFacts {
  /** The instant up to which the run looked, where the request itself gives none. */
  readonly asOfMs?: number;
  /** Some member is `unknown_user`. */
  readonly unknownUsers?: boolean;
  /** Some member is `no_birth`. */
  readonly usersWithoutBirth?: boolean;
}

const ANY: OpenInterval = { fromMs: null, toMs: null };

/**
 * What an answer depends on, by docs/semantics.md#freshness: never less, sometimes more. Of a request with as_of, events at or after it are not
 * seen; of one without, a later answer looks further, so its days have no such end.
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

/** Null where events are not looked at. */
function windowInterval(canonical: CanonicalRequest, facts: ReadsFacts): OpenInterval | null {
  if (canonical.metric === 'newly_registered') return null;
  // What came before the window, and what comes after it, may reverse.
  if (canonical.metric === 'reversal_rate') return ANY;
  const window = plannedWindow(canonical);
  if (!window) {
    const asOfMs = instantMs(canonical.as_of) ?? facts.asOfMs;
    const [slice] = slicesOf(canonical);
    if (asOfMs === undefined) return ANY;
    return { fromMs: Math.min(asOfMs, slice?.fromMs ?? Infinity) - reachMs(canonical), toMs: null };
  }
  const cells = plannedCells(canonical);
  const births = plannedBirths(canonical);
  const { fromMs, toMs } = windowReach({ window, births, ...(cells ? { cells } : {}) }, reachMs(canonical));
  return { fromMs: openIfEndless(fromMs), toMs: openIfEndless(toMs) };
}

function readsTraits({ metric, params, breakdown }: CanonicalRequest): boolean {
  if (breakdownOf(breakdown)?.of === 'trait') return true;
  return metric === 'rolling_active' && params['exclude'] !== null;
}

/** A first event after `births.to` changes nothing, except for a user who had none: `no_birth` becomes `out_of_range`. */
function birthInterval(canonical: CanonicalRequest, facts: ReadsFacts): OpenInterval | null {
  if (canonical.birth?.kind !== 'first_event') return null;
  return facts.usersWithoutBirth === false ? { fromMs: null, toMs: plannedBirths(canonical)?.toMs ?? null } : ANY;
}

/**
 * A user whom only events after as_of name is not known, though no longer new: any event before as_of makes him known. Without as_of in the request
 * this cannot be, since a result with later events is never fresh (`validUntil`).
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
export function hull(intervals: readonly (OpenInterval | null)[]): OpenInterval | null {
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
export function days(interval: OpenInterval | null): DayRange | null {
  if (!interval) return null;
  return {
    fromDay: interval.fromMs === null ? null : utcDay(interval.fromMs),
    toDay: interval.toMs === null ? null : utcDay(interval.toMs - 1),
  };
}

function openIfEndless(ms: number): number | null {
  return Number.isFinite(ms) ? ms : null;
}
