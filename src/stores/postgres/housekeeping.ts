import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Config } from '../../platform/config/config.js';
import { withLockIfFree } from './advisory-locks.js';

/** Something that is removed when its time is over. */
export interface Chore {
  /** What is removed, as `/metrics` calls it. */
  readonly kind: string;
  /**
   * Removes some of what is over at `now`, in one bounded piece of work: a second or two at most, whatever there is. A
   * number is how much that was; 0: nothing is left for this time.
   */
  step(now: Date): Promise<number | Step>;
}

/** Of a chore that may find nothing and yet has more to look at. */
export interface Step {
  readonly removed: number;
  readonly isLast: boolean;
}

/** What one sweep has removed, by kind, and how long it took. */
export interface Swept {
  readonly removed: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
  readonly failed: readonly string[];
}

/** So that whoever waits for a lock, a connection or the disk comes in between. */
const PAUSE_MS = 20;
/** Of one kind in one sweep; the rest waits for the next one. */
const MAX_STEPS = 500;

/**
 * Removes what nobody needs any more (decisions/0019-what-is-removed-and-when.md): one process at a time, every few
 * minutes, step by step. Features bring their chores; a chore that fails is done again by the next sweep and keeps no
 * other from its turn.
 */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Housekeeping.name);
  private readonly chores: Chore[] = [];
  private readonly listeners = new Set<(swept: Swept) => void>();
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<Swept | null> | undefined;
  private closing = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    const { role, housekeepingEveryMs } = this.config;
    if (role === 'api' || housekeepingEveryMs === 0) return;
    this.timer = setInterval(() => void this.sweep(new Date()), housekeepingEveryMs);
    this.timer.unref();
  }

  /** A step is short: it is waited for. */
  async onModuleDestroy(): Promise<void> {
    this.closing = true;
    clearInterval(this.timer);
    await this.sweeping;
  }

  add(...chores: readonly Chore[]): void {
    this.chores.push(...chores);
  }

  /** Calls `listener` after every sweep of this process. */
  whenSwept(listener: (swept: Swept) => void): void {
    this.listeners.add(listener);
  }

  /** Never throws. Null: another process sweeps. */
  async sweep(now: Date): Promise<Swept | null> {
    return await (this.sweeping ??= this.sweepAlone(now).finally(() => (this.sweeping = undefined)));
  }

  private async sweepAlone(now: Date): Promise<Swept | null> {
    try {
      // A session's lock: steps are transactions of others, and may talk to the engine for longer than a transaction
      // may rest.
      return await withLockIfFree(this.dataSource, 'housekeeping', () => this.sweepAll(now));
    } catch (error) {
      this.logger.warn({ msg: 'not swept', err: error });
      return null;
    }
  }

  private async sweepAll(now: Date): Promise<Swept> {
    const startMs = performance.now();
    const removed: Record<string, number> = {};
    const failed: string[] = [];
    for (const chore of this.chores) {
      removed[chore.kind] = 0;
      try {
        for (let steps = 0; steps < MAX_STEPS && !this.closing; steps += 1) {
          const done = await chore.step(now);
          const step = typeof done === 'number' ? { removed: done, isLast: done === 0 } : done;
          removed[chore.kind] = (removed[chore.kind] ?? 0) + step.removed;
          if (step.isLast) break;
          await sleep(PAUSE_MS);
        }
      } catch (error) {
        failed.push(chore.kind);
        this.logger.warn({ msg: 'not all swept', kind: chore.kind, err: error });
      }
    }
    const swept = { removed, failed, elapsedMs: performance.now() - startMs };
    if (Object.values(removed).some((count) => count > 0)) this.logger.log({ msg: 'swept', ...swept });
    for (const listener of this.listeners) listener(swept);
    return swept;
  }
}
