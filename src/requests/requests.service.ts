import { Injectable, Logger } from '@nestjs/common';
import { typeid } from 'typeid-js';
import { CohortsService } from '../cohorts/cohorts.service.js';
import type { ResolvedCohort } from '../core/cohort/resolved-cohort.js';
import { Failure, invalid } from '../core/failure.js';
import { isObject } from '../core/json-shape.js';
import type { AskedRequest } from '../core/request/asked-request.js';
import { planRequest, type PlannedRequest } from '../core/request/plan-request.js';
import { decodeCursor, pageOf, type Page } from '../platform/http/page.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { Engine } from '../stores/clickhouse/engine.js';
import { parseTimeZone } from '../core/time/zone.js';
import { RunQueue } from '../stores/queue/run-queue.js';
import type { AnswerDto } from './answer.dto.js';
import type { ListRequestsQuery } from './request-queries.dto.js';
import { RequestEntity } from './request.entity.js';
import { RequestStore } from './request-store.js';
import { RunAssignment } from './run-assignment.js';
import { RunFreshness } from './run-freshness.js';
import { markerOf } from './run-marker.js';
import { RunStore, type Asked } from './run-store.js';
import { RunWatcher } from './run-watcher.js';
import { isFinished, RunEntity } from './run.entity.js';
import { pauseS, type Told } from './tell-progress.js';
import { statusOf, toAnswer } from './to-answer.js';

/** Who asks, and where. */
export interface Asker {
  readonly property: PropertyEntity;
  readonly apiKeyId: string;
}

@Injectable()
export class RequestsService {
  private readonly logger = new Logger(RequestsService.name);

  constructor(
    private readonly cohorts: CohortsService,
    private readonly assignment: RunAssignment,
    private readonly runs: RunStore,
    private readonly requests: RequestStore,
    private readonly freshness: RunFreshness,
    private readonly watcher: RunWatcher,
    private readonly queue: RunQueue,
    private readonly engine: Engine,
  ) {}

  /**
   * The answer to a request, or how far it is after `waitMs`.
   * @throws Failure 422 for a body that is not a valid request
   */
  async ask({ property, apiKeyId }: Asker, body: unknown, waitMs: number): Promise<Told> {
    const now = new Date();
    const asked = requestOf(body);
    const cohort = await this.resolve(property, asked);
    const planned = planRequest(
      asked,
      { timeZone: property.timeZone, weekStart: property.weekStart, cohort },
      now.getTime(),
    );
    const wanted = newlyAsked(planned, { property, apiKeyId }, cohort as ResolvedCohort, now);
    const assigned = await this.assignment.assign(wanted, planned.cache, now.getTime());
    if (assigned.cached) return { answer: toAnswer(assigned, { cached: true, stale: false }), retryAfterS: null };
    if (waitMs === 0) return await this.tell(assigned);
    await this.watcher.ended(assigned.run.id, waitMs);
    return await this.get(property, assigned.request.id);
  }

  /** @throws Failure not_found */
  async get(property: PropertyEntity, requestId: string): Promise<Told> {
    return await this.tell(await this.find(property, requestId));
  }

  /** The newest first. */
  async list(property: PropertyEntity, query: ListRequestsQuery): Promise<Page<AnswerDto>> {
    const { limit, cursor, ...filter } = query;
    const after = decodeCursor(cursor, 1)?.[0] ?? null;
    const found = await this.requests.page(property.id, filter, after, limit + 1);
    const page = pageOf(found, limit, ({ request }) => [request.id]);
    const answers = new Map<Asked, AnswerDto>();
    // One after another: a long list must not take every connection of the pool.
    for (const asked of page.data) answers.set(asked, await this.answer(asked));
    return page.map((asked) => answers.get(asked) as AnswerDto);
  }

  /**
   * Gives a request up; a run that nobody waits for any more is stopped, down to the engine.
   * @throws Failure not_found
   */
  async cancel(property: PropertyEntity, requestId: string): Promise<Told> {
    const asked = await this.find(property, requestId);
    if (!isFinished(statusOf(asked)) && (await this.runs.detach(asked, new Date()))) this.stopWork(asked.run);
    return await this.get(property, requestId);
  }

  /** @throws Failure not_found */
  async find(property: PropertyEntity, requestId: string): Promise<Asked> {
    const asked = await this.requests.find(property.id, requestId);
    if (asked === null) throw new Failure('not_found', 'The property has no request with this id.');
    return asked;
  }

  private async tell(asked: Asked): Promise<Told> {
    const ageMs = Date.now() - asked.request.createdAt.getTime();
    return { answer: await this.answer(asked), retryAfterS: isFinished(statusOf(asked)) ? null : pauseS(ageMs) };
  }

  private async answer(asked: Asked): Promise<AnswerDto> {
    const stale = statusOf(asked) === 'succeeded' ? !(await this.freshness.isFresh(asked.run, Date.now())) : null;
    return toAnswer(asked, { cached: false, stale });
  }

  /** A cohort that does not resolve is told together with everything else that is wrong. */
  private async resolve(
    property: PropertyEntity,
    { cohort, time_zone: timeZone }: AskedRequest,
  ): Promise<ResolvedCohort | Failure> {
    try {
      return await this.cohorts.resolve(property, cohort, '/cohort', zoneOf(timeZone) ?? property.timeZone);
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
  }

  /** The row says it; this makes it quick, also where the worker that had the run is dead. */
  private stopWork(run: RunEntity): void {
    const warn = (error: Error): void =>
      this.logger.warn({ msg: 'cancelled run not stopped at once', runId: run.id, err: error });
    this.queue.remove(run.id).catch(warn);
    this.engine.kill(markerOf({ runId: run.id, attempt: run.attempt })).catch(warn);
  }
}

/** Null where none is given, or one that is not valid: that is told with everything else. */
function zoneOf(timeZone: unknown): string | null {
  try {
    return timeZone === undefined || timeZone === null ? null : parseTimeZone(timeZone, '/time_zone');
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

function requestOf(body: unknown): AskedRequest {
  if (isObject(body)) return body;
  throw invalid('invalid_field', '', 'The body must be a JSON object.');
}

function newlyAsked(planned: PlannedRequest, { property, apiKeyId }: Asker, cohort: ResolvedCohort, now: Date): Asked {
  const shared = { propertyId: property.id, canonical: planned.canonical, createdAt: now };
  const run = Object.assign(new RunEntity(), {
    ...shared,
    id: typeid('run').toString(),
    hash: planned.hash,
    state: 'queued' as const,
    attempt: 0,
    handedBack: 0,
    dataVersion: null,
    asOf: null,
    startedAt: null,
    finishedAt: null,
    validUntil: null,
    result: null,
    error: null,
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
    detachedAt: null,
  });
  return { request, run };
}

function hashOf(cohort: ResolvedCohort): string | null {
  if (cohort.kind === 'all') return null;
  return cohort.kind === 'members' ? cohort.setHash : cohort.hash;
}
