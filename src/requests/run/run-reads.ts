import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { RunEntity } from './run.entity.js';

const DAY_MS = 86_400_000;
const FLUSH_MS = 60_000;

/** Notes which results are read, to the day: a result that is read a thousand times a second costs one write a day, and no reader waits for it. */
@Injectable()
export class RunReads implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(RunReads.name);
  private readonly due = new Map<string, RunEntity>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  note(run: RunEntity): void {
    if (run.readAt === null || Date.now() - run.readAt.getTime() > DAY_MS) this.due.set(run.id, run);
  }

  /** Never throws: what is lost is noted when it is read again. */
  async flush(): Promise<void> {
    const runs = [...this.due.values()];
    this.due.clear();
    if (runs.length === 0) return;
    const readAt = new Date();
    try {
      await this.dataSource.query('UPDATE runs SET read_at = $2 WHERE id = ANY ($1) AND gone_at IS NULL', [
        runs.map(({ id }) => id),
        readAt,
      ]);
      for (const run of runs) run.readAt = readAt;
    } catch (error) {
      this.logger.warn({ msg: 'reads not noted', err: error });
    }
  }
}
