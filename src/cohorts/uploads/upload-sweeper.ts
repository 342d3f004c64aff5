import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { UploadStore } from '../../stores/clickhouse/upload-store.js';
import { ProcessLiveness } from '../../stores/postgres/process-liveness.js';
import { takeLockIfFree } from '../../stores/postgres/advisory-locks.js';
import { UploadQueue } from '../../stores/queue/upload-queue.js';
import { CohortUploadEntity } from './cohort-upload.entity.js';
import { FencedUploadStore } from './fenced-upload-store.js';

const EVERY_MS = 5000;
/** Uploads that are removed in one sweep. */
const LIMIT = 50;
/**
 * Sees that every validation without an end has a job, removes what a dead process was receiving, and what has expired. `claim` decides what becomes of a validation, so
 * sweeping too often is harmless.
 */
@Injectable()
export class UploadSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(UploadSweeper.name);
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;

  constructor(
    private readonly database: DataSource,
    private readonly progress: FencedUploadStore,
    private readonly store: UploadStore,
    private readonly queue: UploadQueue,
    private readonly instance: ProcessLiveness,
  ) {}

  onApplicationBootstrap(): void {
    void this.sweep();
    this.timer = setInterval(() => void this.sweep(), EVERY_MS);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** Never throws: the next sweep comes soon. */
  async sweep(): Promise<void> {
    await (this.sweeping ??= this.sweepOnce().finally(() => (this.sweeping = undefined)));
  }

  private async sweepOnce(): Promise<void> {
    try {
      const dead = await this.ofDeadProcesses();
      const removed = await this.database.transaction(async (manager) => {
        if (!(await takeLockIfFree(manager, 'sweep', 'uploads'))) return [];
        await this.queue.enqueue(await this.progress.unfinished(manager));
        const [rows]: [CohortUploadEntity[], number] = await manager.query(
          `DELETE FROM cohort_uploads WHERE id IN (
             SELECT id FROM cohort_uploads WHERE expires_at < now() OR (state = 'receiving' AND id = ANY ($1))
             LIMIT ${LIMIT} FOR UPDATE SKIP LOCKED)
           RETURNING id, attempt`,
          [dead],
        );
        return rows;
      });
      for (const { id, attempt } of removed) await this.store.drop(id, attempt);
    } catch (error) {
      this.logger.warn({ msg: 'uploads not swept', err: error });
    }
  }

  private async ofDeadProcesses(): Promise<string[]> {
    const receiving = await this.database.manager.findBy(CohortUploadEntity, { state: 'receiving' });
    const instances = new Set(receiving.map(({ instanceId }) => instanceId));
    const dead = new Set<string>();
    for (const id of instances) if (!(await this.instance.isAlive(id))) dead.add(id);
    return receiving.filter(({ instanceId }) => dead.has(instanceId)).map(({ id }) => id);
  }
}
