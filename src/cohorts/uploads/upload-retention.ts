import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { UploadStore } from '../../stores/clickhouse/upload-store.js';
import { ProcessLiveness } from '../../stores/postgres/process-liveness.js';
import { CohortUploadEntity } from './cohort-upload.entity.js';

const EVERY_MS = 5000;
/** Uploads that are removed in one sweep. */
const LIMIT = 50;

/** Removes what a process was receiving that has died, and uploads that have expired. */
@Injectable()
export class UploadRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(UploadRetention.name);
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;

  constructor(
    private readonly database: DataSource,
    private readonly store: UploadStore,
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
      const [removed]: [CohortUploadEntity[], number] = await this.database.query(
        `DELETE FROM cohort_uploads WHERE id IN (
           SELECT id FROM cohort_uploads WHERE expires_at < now() OR (state = 'receiving' AND id = ANY ($1))
           LIMIT ${LIMIT} FOR UPDATE SKIP LOCKED)
         RETURNING id, attempt`,
        [dead],
      );
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
