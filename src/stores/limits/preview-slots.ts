import { Injectable } from '@nestjs/common';
import { Semaphore } from '@muster/embedded-stores';
import { Failure } from '../../core/failure.js';
import { Config } from '../../platform/config/config.js';
import type { EngineOptions } from '../clickhouse/engine.js';

const RETRY_AFTER_S = 5;

/** What a query of a preview is bounded by. */
export type PreviewBounds = Required<Pick<EngineOptions, 'signal' | 'timeLimitMs'>>;

/**
 * Answers that are computed in the process that receives the call, while its caller waits. They do not wait for runs,
 * only for one another, and have a time limit of their own.
 */
@Injectable()
export class PreviewSlots {
  private readonly slots: Semaphore;

  constructor(private readonly config: Config) {
    this.slots = new Semaphore(config.previewConcurrency);
  }

  /**
   * Null where the caller has closed the connection (`gone`): the query is stopped then. `advice` says what to do
   * instead where it takes too long.
   * @throws Failure time_limit_exceeded, too_many_previews, and what `work` throws
   */
  async run<T>(gone: AbortSignal, advice: string, work: (bounds: PreviewBounds) => Promise<T>): Promise<T | null> {
    const timeLimitMs = this.config.previewTimeLimitMs;
    const late = AbortSignal.timeout(timeLimitMs);
    const signal = AbortSignal.any([gone, late]);
    let leave: (() => void) | undefined;
    try {
      leave = await this.slots.acquire(signal);
      return await work({ signal, timeLimitMs });
    } catch (error) {
      if (gone.aborted) return null;
      if (!late.aborted && !isTimeLimit(error)) throw error;
      throw leave ? tooSlow(timeLimitMs, advice) : tooMany(this.config.previewConcurrency);
    } finally {
      leave?.();
    }
  }
}

function tooSlow(timeLimitMs: number, advice: string): Failure {
  return new Failure('time_limit_exceeded', `A preview may take ${timeLimitMs / 1000} s. ${advice}`);
}

function tooMany(value: number): Failure {
  const detail = `${value} previews are worked out at once, and this one had no turn in time. Ask again in a moment.`;
  return new Failure('too_many_previews', detail, [], { limit: 'previews', value, retry_after: RETRY_AFTER_S });
}

/** The engine has a time limit of its own for the query, which also holds when this process has died. */
function isTimeLimit(error: unknown): boolean {
  return error instanceof Failure && error.code === 'time_limit_exceeded';
}
