import { Injectable } from '@nestjs/common';
import { Failure } from '../core/failure.js';
import { JobWatcher } from '../jobs/job-watcher.js';
import { Answers, type AnswerToPoll } from './answer/answers.service.js';
import { resultGone, statusOf } from './answer/request-result.js';
import { RequestStore } from './request-store.js';
import type { RequestAndRun } from './run/run-admission.js';
import { RunReads } from './run/run-retention.js';
import { isFinished, METRIC_RUNS } from './run/run.entity.js';

/** Reads one request and its answer, at once or when it has ended. */
@Injectable()
export class RequestReader {
  constructor(
    private readonly requests: RequestStore,
    private readonly answers: Answers,
    private readonly reads: RunReads,
    private readonly watcher: JobWatcher,
  ) {}

  /** A request whose answer can be read. @throws Failure not_found, stored_form_unreadable, result_gone */
  async find(propertyId: string, requestId: string): Promise<RequestAndRun> {
    const requested = await this.any(propertyId, requestId);
    if (requested.run.unreadable !== null) throw requested.run.unreadable;
    if (statusOf(requested) !== 'succeeded') return requested;
    if (requested.run.goneAt !== null) throw resultGone(requested.run);
    this.reads.note(requested.run);
    return requested;
  }

  /** A request in any state, readable or not. @throws Failure not_found */
  async any(propertyId: string, requestId: string): Promise<RequestAndRun> {
    const requested = await this.requests.find(propertyId, requestId);
    if (requested === null)
      throw new Failure(
        'not_found',
        'The property has no request with this id. GET .../requests lists those that it has.',
      );
    return requested;
  }

  /** The answer when the request has ended, or as it is after `waitMs`. @throws Failure as `find` */
  async get(propertyId: string, requestId: string, waitMs = 0): Promise<AnswerToPoll> {
    const requested = await this.find(propertyId, requestId);
    if (waitMs === 0 || isFinished(statusOf(requested))) return await this.answers.toPoll(requested);
    return await this.afterEnd(requested, waitMs);
  }

  /**
   * The answer to a request without an end, when it has ended or after `waitMs`; `mayBeOver`: it may have ended already.
   * @throws Failure as `find`
   */
  async afterEnd({ request, run }: RequestAndRun, waitMs: number, mayBeOver = true): Promise<AnswerToPoll> {
    await this.watcher.ended(METRIC_RUNS, run.id, waitMs, mayBeOver);
    return await this.answers.toPoll(await this.find(request.propertyId, request.id));
  }
}
