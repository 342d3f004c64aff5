import { Injectable, Logger } from '@nestjs/common';
import { Jobs } from '../jobs/jobs.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { RunValuesStore } from '../stores/clickhouse/run-values-store.js';
import type { AnswerToPoll } from './answer/answers.service.js';
import { statusOf } from './answer/request-result.js';
import { RequestReader } from './request-reader.service.js';
import { RunAdmission } from './run/run-admission.js';
import { RunLog } from './run/run-metrics.js';
import { isFinished, METRIC_RUNS, type RunEntity } from './run/run.entity.js';

/** Cancels requests, and removes those that have ended. */
@Injectable()
export class RequestRemoval {
  private readonly logger = new Logger(RequestRemoval.name);

  constructor(
    private readonly reader: RequestReader,
    private readonly runs: RunAdmission,
    private readonly values: RunValuesStore,
    private readonly jobs: Jobs,
    private readonly log: RunLog,
  ) {}

  /**
   * Cancels a request without an end, and stops its run where no other request waits for that, down to the engine.
   * Removes a request that has ended, with its run where that has no other request.
   * @returns the cancelled request; null: it is removed
   * @throws Failure not_found
   */
  async remove(property: PropertyEntity, requestId: string): Promise<AnswerToPoll | null> {
    const requested = await this.reader.any(property.id, requestId);
    const isOver = isFinished(statusOf(requested));
    if (!isOver && (await this.runs.detach(requested, new Date()))) this.stop(requested.run);
    if (!isOver && requested.run.unreadable === null) return await this.reader.get(property.id, requestId);
    if (await this.runs.remove(requested)) await this.removeRows(requested.run);
    return null;
  }

  /** The row is cancelled already; this makes the end quick, also where the worker that had the run is dead. */
  private stop(run: RunEntity): void {
    const { id, hash, metric, attempt, createdAt, startedAt } = run;
    const queueMs = startedAt && startedAt.getTime() - createdAt.getTime();
    const runMs = startedAt && Date.now() - startedAt.getTime();
    this.log.ended({ runId: id, hash, metric, state: 'cancelled', attempt, queueMs, runMs });
    this.jobs.stop(METRIC_RUNS, { id, attempt });
  }

  /** What the engine does not remove now, housekeeping removes later. */
  private async removeRows({ id }: RunEntity): Promise<void> {
    await this.values
      .deleteRun(id)
      .catch((error: Error) => this.logger.warn({ msg: 'rows of a removed run stay for now', runId: id, err: error }));
  }
}
