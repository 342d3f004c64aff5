import { Injectable, Logger } from '@nestjs/common';
import { Failure } from '../core/failure.js';
import { nameWarnings } from '../core/schema/name-warnings.js';
import type { Warning } from '../core/warning-codes.js';
import { resultGone } from './answer/finished-result.js';
import { JobWatcher } from '../jobs/job-watcher.js';
import { Jobs } from '../jobs/jobs.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { PropertySchemas } from '../properties/schema/property-schemas.service.js';
import { RunValuesStore } from '../stores/clickhouse/run-values-store.js';
import { AnswerCache } from './answer/answer-cache.js';
import { answerVersion, etagOf } from './answer/answer-version.js';
import type { RefreshDto } from './answer/answer-links.dto.js';
import type { AnswerOrHead } from './answer/answer-bodies.js';
import type { AnswerDto } from './answer/answer.dto.js';
import { IngestWait } from './ingest-wait.js';
import { newRequest, type Caller } from './new-request.js';
import { RequestPlanning } from './request-planning.js';
import { RequestStore } from './request-store.js';
import { RunAssignment, type AssignedRun } from './run/run-assignment.js';
import { RunFreshness } from './run/run-freshness.js';
import { RunLog, RunMetrics } from './run/run-metrics.js';
import { RunProgress } from './run/run-progress.js';
import { RunAdmission, type RequestAndRun } from './run/run-admission.js';
import { RunReads } from './run/run-retention.js';
import { isFinished, METRIC_RUNS, type RunEntity } from './run/run.entity.js';
import { StoredAnswer, type NewestStored } from './answer/stored-answer.js';
import { retryAfterSeconds, type AnswerToPoll } from './answer/poll-headers.js';
import { partsOf, requestPath, statusOf, toAnswer, toUnreadable } from './answer/to-answer.js';

@Injectable()
export class RequestsService {
  private readonly logger = new Logger(RequestsService.name);

  constructor(
    private readonly planning: RequestPlanning,
    private readonly answers: AnswerCache,
    private readonly ingestWait: IngestWait,
    private readonly stored: StoredAnswer,
    private readonly assignment: RunAssignment,
    private readonly runs: RunAdmission,
    private readonly requests: RequestStore,
    private readonly freshness: RunFreshness,
    private readonly schemas: PropertySchemas,
    private readonly outlook: RunProgress,
    private readonly watcher: JobWatcher,
    private readonly metrics: RunMetrics,
    private readonly log: RunLog,
    private readonly reads: RunReads,
    private readonly values: RunValuesStore,
    private readonly jobs: Jobs,
  ) {}

  /**
   * The answer to a request, or how far it is after `waitMs`.
   * @throws Failure 422 for a body that is not a valid request, result_not_cached
   */
  async ask(asker: Caller, body: unknown, waitMs: number): Promise<AnswerToPoll> {
    const now = new Date();
    const known = this.answers.find(asker, body, now.getTime());
    if (known !== null) return this.fromKnown(known.answer, known.run);
    const resolved = await this.planning.resolve(asker.property, body, now);
    const { cache, priority, minSeq } = resolved.planned;
    const terms = { cache, priority, nowMs: now.getTime() };
    if (minSeq !== null) await this.ingestWait.reached(asker.property, minSeq);
    const wanted = newRequest(resolved, asker, now);
    const stored = await this.stored.find(wanted, cache, now.getTime());
    if (stored !== null && stored.moved.length === 0) return await this.fromFresh(stored.assigned, asker, body);
    if (stored !== null && cache === 'only') return await this.fromStored(stored);
    const assigned = await this.assignment.assign(wanted, terms);
    if (assigned.cached) return await this.fromFresh(assigned, asker, body);
    if (stored !== null) return await this.fromStored(stored, refreshOf(assigned));
    this.metrics.answered(assigned.joined ? 'joined' : 'miss');
    if (waitMs === 0) return await this.tell(assigned);
    await this.watcher.ended(METRIC_RUNS, assigned.run.id, waitMs);
    return await this.get(asker.property, assigned.request.id);
  }

  /** @throws Failure not_found */
  async get(property: PropertyEntity, requestId: string): Promise<AnswerToPoll> {
    return await this.tell(await this.find(property, requestId));
  }

  /**
   * Gives a request up; a run that nobody waits for any more is stopped, down to the engine. A request that has its end is removed, with its run where no other request has that:
   * null then.
   * @throws Failure not_found
   */
  async remove(property: PropertyEntity, requestId: string): Promise<AnswerToPoll | null> {
    const requested = await this.requests.find(property.id, requestId);
    if (requested === null) throw notFound();
    const isOver = isFinished(statusOf(requested));
    if (!isOver && (await this.runs.detach(requested, new Date()))) this.cancelled(requested.run);
    if (!isOver && requested.run.unreadable === null) return await this.get(property, requestId);
    if (await this.runs.remove(requested)) await this.removeRows(requested.run);
    return null;
  }

  /** What the engine does not remove now, housekeeping does. */
  private async removeRows({ id }: RunEntity): Promise<void> {
    await this.values
      .deleteRun(id)
      .catch((error: Error) => this.logger.warn({ msg: 'rows of a removed run stay for now', runId: id, err: error }));
  }

  /** @throws Failure not_found, stored_form_unreadable, result_gone */
  async find(property: PropertyEntity, requestId: string): Promise<RequestAndRun> {
    const requested = await this.requests.find(property.id, requestId);
    if (requested === null) throw notFound();
    if (requested.run.unreadable !== null) throw requested.run.unreadable;
    if (statusOf(requested) !== 'succeeded') return requested;
    if (requested.run.goneAt !== null) throw resultGone(requested.run);
    this.reads.note(requested.run);
    return requested;
  }

  /** The answer as it is now; of one that cannot be read, what a list tells of it. */
  async answer(requested: RequestAndRun): Promise<AnswerOrHead> {
    const { unreadable } = requested.run;
    if (unreadable !== null) return { answer: toUnreadable(requested, unreadable), parts: null };
    const status = statusOf(requested);
    if (!isFinished(status)) {
      const progress = await this.outlook.of(requested.run);
      return { answer: toAnswer(requested, { cached: false, moved: null, progress }), parts: null };
    }
    if (status !== 'succeeded')
      return { answer: toAnswer(requested, { cached: false, moved: null }), parts: partsOf(requested) };
    const moved = await this.freshness.moves(requested.run, Date.now());
    const named = await this.namesOf(requested);
    return { answer: toAnswer(requested, { cached: false, moved, named }), parts: partsOf(requested) };
  }

  /** Worked out by what has come in until now, not when the result was computed: it stays fresh when an event comes in for the first time on a day that it does not read. */
  private async namesOf({ run }: RequestAndRun): Promise<readonly Warning[]> {
    return nameWarnings(run.canonical, await this.schemas.of(run.propertyId));
  }

  private fromKnown(answer: AnswerDto, run: RunEntity): AnswerToPoll {
    this.reads.note(run);
    this.metrics.answered('hit');
    return { answer, parts: null, retryAfterS: null, etag: null };
  }

  private async fromFresh(assigned: AssignedRun, asker: Caller, body: unknown): Promise<AnswerToPoll> {
    const reported = await this.fromStored({ assigned, moved: [] });
    if (reported.parts === null) this.answers.keep(asker, body, reported.answer, assigned.run);
    return reported;
  }

  private async fromStored(
    { assigned, moved }: NewestStored,
    refresh: RefreshDto | null = null,
  ): Promise<AnswerToPoll> {
    this.reads.note(assigned.run);
    this.metrics.answered(moved.length === 0 ? 'hit' : 'stale');
    const named = await this.namesOf(assigned);
    const answer = toAnswer(assigned, { cached: true, moved, refresh, named });
    return { answer, parts: partsOf(assigned), retryAfterS: null, etag: null };
  }

  private async tell(requested: RequestAndRun): Promise<AnswerToPoll> {
    const { answer, parts } = await this.answer(requested);
    const ageMs = Date.now() - requested.request.createdAt.getTime();
    const retryAfterS = isFinished(answer.status) ? null : retryAfterSeconds(ageMs);
    return { answer, parts, retryAfterS, etag: etagOf(answerVersion(requested.run, answer), answer) };
  }

  private cancelled(run: RunEntity): void {
    const { id, hash, metric, attempt, createdAt, startedAt } = run;
    const queueMs = startedAt && startedAt.getTime() - createdAt.getTime();
    const runMs = startedAt && Date.now() - startedAt.getTime();
    this.log.ended({ runId: id, hash, metric, state: 'cancelled', attempt, queueMs, runMs });
    this.jobs.stop(METRIC_RUNS, { id, attempt });
  }
}

function notFound(): Failure {
  return new Failure('not_found', 'The property has no request with this id.');
}

function refreshOf({ request }: AssignedRun): RefreshDto {
  return { id: request.id, href: requestPath(request.propertyId, request.id) };
}
