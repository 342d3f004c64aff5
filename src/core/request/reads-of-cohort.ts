import { cohortReads } from '../cohort/definition-reads.js';
import type { CanonicalCohort } from '../cohort/definition.js';
import { days, hull } from './reads-of.js';
import type { Reads } from './reads.js';

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
