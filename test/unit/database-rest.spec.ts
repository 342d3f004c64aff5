import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import type { Worker } from 'bullmq';
import type { DataSource } from 'typeorm';
import { DatabaseRest } from '../../src/requests/run/database-rest.js';

/** What of BullMQ's worker is used. */
class WorkerStub extends EventEmitter {
  paused = false;
  closing: Promise<void> | undefined;
  readonly calls: string[] = [];

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

function restOn(answers: boolean[]): { rest: DatabaseRest; left: boolean[] } {
  const query = async (): Promise<unknown[]> => {
    if (answers.shift() === false) throw new Error('away');
    return [];
  };
  return { rest: new DatabaseRest({ query } as unknown as DataSource), left: answers };
}

describe('a worker whose database is away', () => {
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

  it('is left alone when it is being closed', async () => {
    const worker = new WorkerStub();
    const { rest } = restOn([false, false]);
    const resting = rest.of(worker as unknown as Worker);
    worker.closing = Promise.resolve();
    await resting;
    expect(worker.calls).toEqual(['pause true']);
  });
});
