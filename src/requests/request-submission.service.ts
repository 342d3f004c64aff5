import { Injectable } from '@nestjs/common';
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
   * @throws Failure 422 for a body that is not a valid request, result_not_cached, account_queue_full, queue_full
   */
  async submit(caller: Caller, body: unknown, waitMs: number): Promise<AnswerToPoll> {
    const now = new Date();
    const known = this.stored.ofSameBody(caller, body, now.getTime());
    if (known !== null) return known;
    const resolved = await this.planning.resolve(caller.property, body, now);
    const { cache, priority, minSeq } = resolved.planned;
    if (minSeq !== null) await this.planning.waitForData(caller.property, minSeq);
    const wanted = newRequest(resolved, caller, now);
    const newest = await this.stored.newest(wanted, cache, now.getTime());
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

function refreshOf({ request }: AssignedRun): RefreshDto {
  return { id: request.id, href: requestPath(request.propertyId, request.id) };
}
