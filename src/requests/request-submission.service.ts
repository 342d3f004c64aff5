import { Injectable } from '@nestjs/common';
import { lacking, refuseNamedUsers } from '../access/authorization.js';
import { Failure } from '../core/failure.js';
import { isObject } from '../core/json-shape.js';
import type { CacheMode } from '../core/request/raw-request.js';
import { Answers, type AnswerToPoll } from './answer/answers.service.js';
import type { RefreshDto } from './answer/answer-parts.dto.js';
import { requestPath } from './answer/to-answer.js';
import type { Caller } from './caller.js';
import { newRequest, RequestPlanning } from './request-planning.js';
import { RequestReader } from './request-reader.service.js';
import { RunAssignment, type AssignedRun } from './run/run-assignment.js';
import { RunMetrics } from './run/run-metrics.js';
import { StoredAnswers } from './stored-answers.js';

/** Takes a metric request: plans it, and answers it by a fresh result, or by a run that is joined or created. */
@Injectable()
export class RequestSubmission {
  constructor(
    private readonly planning: RequestPlanning,
    private readonly stored: StoredAnswers,
    private readonly assignment: RunAssignment,
    private readonly answers: Answers,
    private readonly reader: RequestReader,
    private readonly metrics: RunMetrics,
  ) {}

  /**
   * The answer to a body, or the state of its request after `waitMs`.
   * @throws Failure 422 for a body that is not a valid request, forbidden, result_not_cached, account_queue_full, queue_full
   */
  async submit(caller: Caller, body: unknown, waitMs: number): Promise<AnswerToPoll> {
    refuseNamedUsers(caller.grants, isObject(body) ? body['cohort'] : null);
    const now = new Date();
    const known = this.stored.ofSameBody(caller, body, now.getTime());
    if (known !== null) return known;
    const resolved = await this.planning.resolve(caller.property, body, now);
    const { priority, minSeq } = resolved.planned;
    const cache = cacheOf(caller, resolved.planned.cache);
    if (minSeq !== null) await this.planning.waitForData(caller.property, minSeq);
    const wanted = newRequest(resolved, caller, now);
    const newest = await this.stored.newest(wanted, cache, now.getTime()).catch((error: unknown) => {
      throw isNotStored(error) && cache !== resolved.planned.cache ? lacking('requests:write', TO_COMPUTE) : error;
    });
    if (newest !== null && newest.moved.length === 0) return await this.stored.fresh(newest.assigned, caller, body);
    if (newest !== null && cache === 'only') return await this.stored.of(newest);
    const assigned = await this.assignment.assign(wanted, { cache, priority, nowMs: now.getTime() });
    if (assigned.cached) return await this.stored.fresh(assigned, caller, body);
    if (newest !== null) return await this.stored.of(newest, refreshOf(assigned));
    this.metrics.answered(assigned.joined ? 'joined' : 'miss');
    return waitMs === 0
      ? await this.answers.toPoll(assigned)
      : await this.reader.afterEnd(assigned, waitMs, !assigned.begun);
  }
}

const TO_COMPUTE = 'No answer to this request is stored, and to compute one needs it.';

/**
 * Who may not have anything computed is answered by what is stored, as with `cache: only`.
 * @throws Failure forbidden where the body asks for more
 */
function cacheOf({ grants }: Caller, requested: CacheMode): CacheMode {
  if (grants.has('requests:write')) return requested;
  if (requested === 'refresh') throw lacking('requests:write', '`cache: refresh` has an answer computed.');
  return 'only';
}

function isNotStored(error: unknown): boolean {
  return error instanceof Failure && error.code === 'result_not_cached';
}

function refreshOf({ request }: AssignedRun): RefreshDto {
  return { id: request.id, href: requestPath(request.propertyId, request.id) };
}
