import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Worker } from 'bullmq';
import type { DataSource } from 'typeorm';
import type { Engine } from '../../../src/stores/clickhouse/engine.js';
import { WorkerPause } from '../../../src/stores/queue/worker-pause.js';

/** What of BullMQ's worker is used. */
class WorkerStub extends EventEmitter {
  paused = false;
  closing: Promise<void> | undefined;
  readonly calls: string[] = [];

  readonly name = 'runs';

  isPaused = (): boolean => this.paused;
  isRunning = (): boolean => true;

  async pause(doNotWaitActive?: boolean): Promise<void> {
    this.paused = true;
    this.calls.push(`pause ${doNotWaitActive}`);
  }

  async resume(): Promise<void> {
    this.paused = false;
    this.calls.push('resume');
  }
}

/** `answers`: whether the database, and the engine, are there, look by look; once there is none left they are. */
function restOn(answers: boolean[], engineAnswers: boolean[] = []): { rest: WorkerPause; left: boolean[] } {
  const query = async (): Promise<unknown[]> => {
    if (answers.shift() === false) throw new Error('away');
    return [];
  };
  const ping = async (): Promise<boolean> => engineAnswers.shift() ?? true;
  return { rest: new WorkerPause({ query } as unknown as DataSource, { ping } as unknown as Engine), left: answers };
}

describe('a worker whose store is away', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('begins nothing until it is back, and does not wait for what it has under way', async () => {
    const worker = new WorkerStub();
    const { rest, left } = restOn([false, false, true, true]);
    const first = rest.of(worker as unknown as Worker);
    const second = rest.of(worker as unknown as Worker);
    await Promise.all([first, second]);
    expect(worker.calls).toEqual(['pause true', 'resume']);
    expect(left).toEqual([true]);
  });

  it('rests as long as the engine is away, and knows for how long', async () => {
    const worker = new WorkerStub();
    const { rest } = restOn([], [false, false, true]);
    const resting = rest.of(worker as unknown as Worker);
    await sleep(700);
    expect(worker.calls).toEqual(['pause true']);
    expect(rest.engineAwayMs).toBeGreaterThan(400);
    await resting;
    expect([worker.calls, rest.engineAwayMs]).toEqual([['pause true', 'resume'], 0]);
  });

  it('is left alone when it is being closed', async () => {
    const worker = new WorkerStub();
    const { rest } = restOn([false, false]);
    const resting = rest.of(worker as unknown as Worker);
    worker.closing = Promise.resolve();
    await resting;
    expect(worker.calls).toEqual(['pause true']);
  });
});
