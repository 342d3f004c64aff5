import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { Worker } from 'bullmq';
import { DataSource } from 'typeorm';

const LOOK_EVERY_MS = 500;

/**
 * Lets a worker rest while the database is away. BullMQ waits a while where a connection is refused; after every other error, such as those of a server that shuts
 * down or has yet to recover, it asks for the next job at once, thousands of times a second while there are jobs.
 */
@Injectable()
export class DatabaseRest {
  private readonly logger = new Logger(DatabaseRest.name);

  constructor(private readonly dataSource: DataSource) {}

  /** Resolves when the worker goes on. What it has under way goes on all the time. */
  async of(worker: Worker): Promise<void> {
    if (worker.isPaused() || !worker.isRunning()) return;
    await worker.pause(true);
    const sinceMs = performance.now();
    this.logger.warn('the database is away: no runs are begun until it is back');
    while (!worker.closing && !(await this.isBack())) await sleep(LOOK_EVERY_MS, undefined, { ref: false });
    if (worker.closing) return;
    await worker.resume();
    this.logger.log(`the database is back after ${Math.round(performance.now() - sinceMs)} ms`);
  }

  private async isBack(): Promise<boolean> {
    try {
      await this.dataSource.query('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }
}
