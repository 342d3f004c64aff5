import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PeriodicTask } from '../../platform/process/periodic-task.js';
import { UploadStore } from '../../stores/clickhouse/upload-store.js';
import { ProcessLiveness } from '../../stores/postgres/process-liveness.js';
import { CohortUploadEntity } from './cohort-upload.entity.js';

const EVERY_MS = 5000;
/** Uploads that are removed in one sweep. */
const LIMIT = 50;

/** Removes what a process was receiving that has died, and uploads that have expired. */
@Injectable()
export class UploadRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly sweeping = new PeriodicTask(new Logger(UploadRetention.name), 'uploads not swept', () =>
    this.remove(),
  );

  constructor(
    private readonly database: DataSource,
    private readonly store: UploadStore,
    private readonly instance: ProcessLiveness,
  ) {}

  onApplicationBootstrap(): void {
    void this.sweep();
    this.sweeping.start(EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    await this.sweeping.stop();
  }

  /** Never throws: the next sweep comes soon. */
  async sweep(): Promise<void> {
    await this.sweeping.round();
  }

  private async remove(): Promise<void> {
    const dead = await this.ofDeadProcesses();
    const [removed]: [CohortUploadEntity[], number] = await this.database.query(
      `DELETE FROM cohort_uploads WHERE id IN (
         SELECT id FROM cohort_uploads WHERE expires_at < now() OR (state = 'receiving' AND id = ANY ($1))
         LIMIT ${LIMIT} FOR UPDATE SKIP LOCKED)
       RETURNING id, attempt`,
      [dead],
    );
    for (const { id, attempt } of removed) await this.store.drop(id, attempt);
  }

  private async ofDeadProcesses(): Promise<string[]> {
    const receiving = await this.database.manager.findBy(CohortUploadEntity, { state: 'receiving' });
    const instances = new Set(receiving.map(({ instanceId }) => instanceId));
    const dead = new Set<string>();
    for (const id of instances) if (!(await this.instance.isAlive(id))) dead.add(id);
    return receiving.filter(({ instanceId }) => dead.has(instanceId)).map(({ id }) => id);
  }
}
