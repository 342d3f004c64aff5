import { typeid } from 'typeid-js';
import type { ResolvedCohort } from '../core/cohort/resolved-cohort.js';
import { STORED_FORMS } from '../core/stored/stored-form.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import type { ResolvedRequest } from './request-planning.js';
import { RequestEntity } from './request.entity.js';
import type { RequestAndRun } from './run/run-admission.js';
import { RunEntity } from './run/run.entity.js';
import { FIRST_RANK } from './run/run-scheduler.js';

/** Who asks, and where. */
export interface Caller {
  readonly property: PropertyEntity;
  readonly apiKeyId: string;
  /** The state of the property when the caller came in: another text as soon as anything has changed that an answer depends on. */
  readonly stamp: string;
}

/** A request, and the run that answers it when no other will do; nothing of it is saved yet. */
export function newRequest(
  { planned, cohort, named }: ResolvedRequest,
  { property, apiKeyId }: Caller,
  now: Date,
): RequestAndRun {
  const shared = { propertyId: property.id, canonical: planned.canonical, form: STORED_FORMS.request, createdAt: now };
  const run = Object.assign(new RunEntity(), {
    ...shared,
    id: typeid('run').toString(),
    accountId: property.accountId,
    hash: planned.hash,
    metric: planned.canonical.metric,
    state: 'queued' as const,
    rank: FIRST_RANK,
    rowsRead: null,
    rowsToRead: null,
    attempt: 0,
    handedBack: 0,
    dataVersion: null,
    asOf: null,
    startedAt: null,
    finishedAt: null,
    validUntil: null,
    readAt: null,
    goneAt: null,
    result: null,
    resultBytes: null,
    resultChunks: null,
    error: null,
    unreadable: null,
  });
  const request = Object.assign(new RequestEntity(), {
    ...shared,
    id: typeid('req').toString(),
    runId: run.id,
    apiKeyId,
    cohort: {
      id: cohort.id,
      name: cohort.name,
      version: cohort.version,
      hash: hashOf(cohort),
      uses: cohort.kind === 'all' ? [] : (cohort.uses ?? []),
    },
    namedMetric: named && { id: named.id, name: named.name, version: named.version },
    detachedAt: null,
  });
  return { request, run };
}

/** By which the same cohort is known again: of a list its members, of a rule or set its definition. */
function hashOf(cohort: ResolvedCohort): string | null {
  if (cohort.kind === 'all') return null;
  return cohort.kind === 'members' ? cohort.setHash : cohort.hash;
}
