import { memberSetHash } from '../../../support/member-set-hash.js';
import { parseCohort } from '../../../../src/core/cohort/parse-cohort.js';
import type { ResolvedCohort } from '../../../../src/core/cohort/resolved-cohort.js';
import { Failure } from '../../../../src/core/failure.js';
import type { RawRequest } from '../../../../src/core/request/raw-request.js';
import type { CanonicalRequest } from '../../../../src/core/request/canonical-request.js';
import { planRequest, type PlanContext, type PlannedRequest } from '../../../../src/core/request/plan-request.js';

export const NOW_MS = Date.parse('2026-01-01T00:00:00Z');
export const JANUARY: ResolvedCohort = {
  kind: 'members',
  setHash: memberSetHash(['00001', '00002']).hash,
  size: 2,
  id: 'coh_01h455vb4pex5vsknk084sn02q',
  name: 'january',
  version: 3,
};
const EVERYBODY: ResolvedCohort = { kind: 'all', id: null, name: null, version: null };

/** What the service does before planning: look the cohort up. The property has one saved cohort, `january`. */
export function resolve(cohort: unknown): ResolvedCohort | Failure {
  try {
    const reference = parseCohort(cohort, '/cohort', 'UTC');
    if ('all' in reference) return EVERYBODY;
    if (!('users' in reference)) return JANUARY;
    const { hash, users } = memberSetHash(reference.users);
    return { kind: 'members', setHash: hash, size: users.length, id: null, name: null, version: null };
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Plans a body in a property whose calendar is UTC and Monday. */
export function plan(requested: RawRequest, context: Partial<PlanContext> = {}): PlannedRequest {
  return planRequest(
    requested,
    { timeZone: 'UTC', weekStart: 'monday', cohort: resolve(requested.cohort), ...context },
    NOW_MS,
  );
}

/** A small valid request: events of january in the first 30 days. */
export const BASE: RawRequest = {
  cohort: 'january',
  metric: 'event_count',
  window: { kind: 'since_birth', length: 'P30D' },
};

export function canonicalOf(changes: RawRequest): CanonicalRequest {
  return plan({ ...BASE, ...changes }).canonical;
}
