import { Injectable } from '@nestjs/common';
import { CohortsService } from '../cohorts/cohorts.service.js';
import type { ResolvedCohort } from '../core/cohort/resolved-cohort.js';
import { Failure, invalid } from '../core/failure.js';
import { isGiven, isObject } from '../core/json-shape.js';
import type { RawRequest } from '../core/request/raw-request.js';
import { planRequest, type PlannedRequest } from '../core/request/plan-request.js';
import { parseTimeZone } from '../core/time/zone.js';
import { Config } from '../platform/config/config.js';
import { NamedMetricsService, type FoundMetric } from '../catalogue/named-metrics.service.js';
import type { Caller } from './caller.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { typeid } from 'typeid-js';
import { STORED_FORMS } from '../core/stored/stored-form.js';
import { RequestEntity } from './run/request.entity.js';
import type { RequestAndRun } from './run/run-admission.js';
import { RunEntity } from './run/run.entity.js';
import { FIRST_RANK } from './run/run-scheduler.js';

/** What a body means in its property: the canonical request, and cohort and metric as they were named. */
export interface ResolvedRequest {
  readonly planned: PlannedRequest;
  readonly cohort: ResolvedCohort;
  readonly named: FoundMetric | null;
}

/** Loads what a body names, then plans the request. */
@Injectable()
export class RequestPlanning {
  constructor(
    private readonly cohorts: CohortsService,
    private readonly namedMetrics: NamedMetricsService,
    private readonly ledger: IngestLedger,
    private readonly config: Config,
  ) {}

  /** @throws Failure 422 with all that is wrong with the body */
  async resolve(property: PropertyEntity, body: unknown, now: Date): Promise<ResolvedRequest> {
    const requested = requestOf(body);
    const [cohort, named] = await Promise.all([
      resolved(
        this.cohorts.resolve(property, requested.cohort, '/cohort', zoneOf(requested.time_zone) ?? property.timeZone),
      ),
      resolved(this.namedMetrics.resolve(property, requested.metric)),
    ]);
    const { timeZone, weekStart } = property;
    const context = { timeZone, weekStart, cohort, named, limits: this.config.answerLimits };
    const planned = planRequest(requested, context, now.getTime());
    // Planning has thrown where one of them is a failure, with all the other problems.
    if (cohort instanceof Failure) throw cohort;
    if (named instanceof Failure) throw named;
    return { planned, cohort, named };
  }

  /**
   * Holds a request back until the data that it requires are stored: resolves when the data version of the property is
   * `minSeq` or more.
   * @throws Failure invalid_field for a number that was never given out, engine_unavailable where an earlier batch does
   * not come to its end
   */
  async waitForData({ id }: PropertyEntity, minSeq: number): Promise<void> {
    const last = await this.ledger.lastGiven(id);
    if (minSeq <= last) return await this.ledger.waitVisible(id, minSeq);
    const detail = `\`min_seq\` is ${minSeq}, and the last ingest_seq of the property is ${last}: use the ingest_seq of the response to the data that you sent.`;
    throw invalid('invalid_field', '/min_seq', detail);
  }
}

/** A name that does not resolve is reported together with everything else that is wrong. */
async function resolved<T>(resolving: Promise<T>): Promise<T | Failure> {
  try {
    return await resolving;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Null where none is given, or one that is not valid: planning reports it with everything else. */
function zoneOf(timeZone: unknown): string | null {
  try {
    return isGiven(timeZone) ? parseTimeZone(timeZone, '/time_zone') : null;
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

function requestOf(body: unknown): RawRequest {
  if (isObject(body)) return body;
  throw invalid('invalid_field', '', 'The body must be a JSON object.');
}

/** The rows of a request and of the run that answers it where no other run does. Nothing is saved. */
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
    callerId: apiKeyId,
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
    rowsStored: false,
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

/** Equal cohorts have equal hashes: of a list by its members, of a rule or set by its definition. */
function hashOf(cohort: ResolvedCohort): string | null {
  if (cohort.kind === 'all') return null;
  return cohort.kind === 'members' ? cohort.setHash : cohort.hash;
}
