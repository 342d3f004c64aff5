import { Injectable, Logger } from '@nestjs/common';
import { Failure } from '../core/failure.js';
import { decodeCursor, pageOf, type Page } from '../platform/http/page.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { Engine } from '../stores/clickhouse/engine.js';
import { RunQueue } from '../stores/queue/run-queue.js';
import type { AnswerDto } from './answer.dto.js';
import type { ListRequestsQuery } from './request-queries.dto.js';
import { newRequest, type Asker } from './new-request.js';
import { RequestPlanning } from './request-planning.js';
import { RequestStore } from './request-store.js';
import { RunAssignment } from './run-assignment.js';
import { RunFreshness } from './run-freshness.js';
import { markerOf } from './run-marker.js';
import { RunStore, type Asked } from './run-store.js';
import { RunWatcher } from './run-watcher.js';
import { isFinished, type RunEntity } from './run.entity.js';
import { pauseS, type Told } from './tell-progress.js';
import { statusOf, toAnswer } from './to-answer.js';

@Injectable()
export class RequestsService {
  private readonly logger = new Logger(RequestsService.name);

  constructor(
    private readonly planning: RequestPlanning,
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
  async ask(asker: Asker, body: unknown, waitMs: number): Promise<Told> {
    const now = new Date();
    const resolved = await this.planning.resolve(asker.property, body, now);
    const wanted = newRequest(resolved, asker, now);
    const assigned = await this.assignment.assign(wanted, resolved.planned.cache, now.getTime());
    if (assigned.cached) return { answer: toAnswer(assigned, { cached: true, stale: false }), retryAfterS: null };
    if (waitMs === 0) return await this.tell(assigned);
    await this.watcher.ended(assigned.run.id, waitMs);
    return await this.get(asker.property, assigned.request.id);
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

  /** The row says it; this makes it quick, also where the worker that had the run is dead. */
  private stopWork(run: RunEntity): void {
    const warn = (error: Error): void =>
      this.logger.warn({ msg: 'cancelled run not stopped at once', runId: run.id, err: error });
    this.queue.remove(run.id).catch(warn);
    this.engine.kill(markerOf({ runId: run.id, attempt: run.attempt })).catch(warn);
  }
}
