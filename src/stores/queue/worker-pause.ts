import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { Worker } from 'bullmq';
import { DataSource } from 'typeorm';
import { Engine } from '../clickhouse/engine.js';
import { isEngineReachable } from '../clickhouse/engine-outages.js';

const LOOK_EVERY_MS = 500;

/**
 * Lets a worker rest while a store is away. Work that is begun then comes to nothing; and BullMQ, which waits a while
 * where a connection of its own is refused, asks for the next job at once after every other error, such as those of a
 * server that shuts down or has yet to recover: thousands of times a second while there are jobs.
 */
@Injectable()
export class WorkerPause {
  private readonly logger = new Logger(WorkerPause.name);
  private engineAwaySinceMs: number | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: Engine,
  ) {}

  /**
   * For how long the engine has been away without a break, as far as a resting worker has seen; 0 while none rests
   * because of it.
   */
  get engineAwayMs(): number {
    return this.engineAwaySinceMs === undefined ? 0 : performance.now() - this.engineAwaySinceMs;
  }

  /**
   * Resolves when the worker goes on; `isFit`: whether all else that it needs is there. What it has under way goes on
   * all the time.
   */
  async of(worker: Worker, isFit: () => Promise<boolean> = () => Promise.resolve(true)): Promise<void> {
    if (worker.isPaused() || !worker.isRunning()) return;
    await worker.pause(true);
    const sinceMs = performance.now();
    this.logger.warn(`a store is away: no ${worker.name} are begun until it is back`);
    while (!worker.closing && !((await this.areBack()) && (await isFit())))
      await sleep(LOOK_EVERY_MS, undefined, { ref: false });
    if (worker.closing) return;
    await worker.resume();
    this.logger.log(`the stores are back after ${Math.round(performance.now() - sinceMs)} ms: ${worker.name} go on`);
  }

  private async areBack(): Promise<boolean> {
    const [database, engine] = await Promise.all([this.isDatabaseBack(), isEngineReachable(this.engine)]);
    this.engineAwaySinceMs = engine ? undefined : (this.engineAwaySinceMs ?? performance.now());
    return database && engine;
  }

  private async isDatabaseBack(): Promise<boolean> {
    try {
      await this.dataSource.query('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }
}
