import { Injectable, Logger } from '@nestjs/common';
import { Engine } from '../stores/clickhouse/engine.js';
import { JobQueues } from '../stores/queue/job-queues.js';
import { jobMarker, type JobKind, type JobTarget } from './job-kind.js';

/** A row that is to be worked on. */
export interface QueuedJob {
  readonly id: string;
  /** Of a kind whose rows are worked on more than once. */
  readonly generation?: number;
  /** Of a kind with ranks. */
  readonly rank?: number;
}

/**
 * What who makes and gives up jobs does beside writing their rows. The rows are the truth: nothing here throws, and
 * what is not done now is done a little later.
 */
@Injectable()
export class Jobs {
  private readonly logger = new Logger(Jobs.name);

  constructor(
    private readonly queues: JobQueues,
    private readonly engine: Engine,
  ) {}

  /** Puts a queued row into its queue, after the commit of the row; else the sweeper does. */
  async enqueue(kind: JobKind, { id, generation, rank }: QueuedJob): Promise<void> {
    await this.queues
      .add(kind.name, [{ message: { id, generation: generation ?? null }, rank: rank ?? null }])
      .catch((error: unknown) =>
        this.logger.warn({ msg: `${kind.noun} not enqueued, left to the sweeper`, id, err: error }),
      );
  }

  /** Gives a queued job another rank, after its row has it. */
  async move(kind: JobKind, id: string, rank: number): Promise<void> {
    await this.queues
      .move(kind.name, { id, generation: null }, rank)
      .catch((error: unknown) => this.logger.warn({ msg: `${kind.noun} not moved ahead`, id, err: error }));
  }

  /**
   * Takes a job whose row is cancelled or gone out of the queue, and stops its queries in the engine, also where the
   * worker that had it is dead.
   */
  stop(kind: JobKind, target: JobTarget, generation: number | null = null): void {
    const warn = (error: unknown): void =>
      this.logger.warn({ msg: `cancelled ${kind.noun} not stopped at once`, id: target.id, err: error });
    this.queues.remove(kind.name, { id: target.id, generation }).catch(warn);
    this.engine.kill(jobMarker(kind, target)).catch(warn);
  }
}
