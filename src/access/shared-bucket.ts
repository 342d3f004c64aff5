import type { Count, Counted } from '../stores/limits/shared-counters.js';

const WINDOW_MS = 1_000;
/** Of the points of a window, how many a process may spend before it tells the others. */
const SHARE = 0.02;

/**
 * A token bucket that is filled up once a second with `quota` tokens. It spends from what this process knows, and tells
 * the counter that processes share now and then, beside the caller: nobody waits for a store. All processes together
 * may so spend more than the quota by a fiftieth of it for each of them. Whoever takes more than there is at once goes
 * into debt, which the next windows pay. Where the counter fails, this process goes by itself.
 */
export class SharedBucket {
  private remaining: number;
  private endsMs = -Infinity;
  private untold = 0;
  private isTelling = false;
  private readonly share: number;

  /** `count` undefined: no other process spends from it. */
  constructor(
    readonly quota: number,
    private readonly count?: Count,
  ) {
    this.remaining = quota;
    this.share = Math.max(1, Math.floor(quota * SHARE));
  }

  /** Takes points that have been used already, whatever is left. */
  spend(points: number, nowMs: number): void {
    this.refill(nowMs);
    this.remaining -= points;
    this.untold += points;
    if (this.count !== undefined && this.untold >= this.share && !this.isTelling) void this.tell(this.count);
  }

  /** How long there is no token, in ms; 0: there is one. */
  waitMs(nowMs: number): number {
    this.refill(nowMs);
    if (this.remaining > 0) return 0;
    const windows = Math.floor(-this.remaining / this.quota);
    return this.endsMs - nowMs + windows * WINDOW_MS;
  }

  /** What is left of the window, and how long it lasts, in ms. */
  state(nowMs: number): Counted {
    this.refill(nowMs);
    return { remaining: Math.max(0, this.remaining), msBeforeNext: this.endsMs - nowMs };
  }

  private refill(nowMs: number): void {
    if (nowMs < this.endsMs) return;
    const windows = Number.isFinite(this.endsMs) ? 1 + Math.floor((nowMs - this.endsMs) / WINDOW_MS) : 1;
    this.remaining = Math.min(this.quota, this.remaining + windows * this.quota);
    this.endsMs = Number.isFinite(this.endsMs) ? this.endsMs + windows * WINDOW_MS : nowMs + WINDOW_MS;
  }

  private async tell(count: Count): Promise<void> {
    this.isTelling = true;
    const points = this.untold;
    this.untold = 0;
    try {
      const { remaining, msBeforeNext } = await count(points);
      // What was taken meanwhile is not in it yet, and a debt is this process's own.
      const told = remaining - this.untold;
      if (this.remaining > 0) this.remaining = told;
      if (msBeforeNext > 0) this.endsMs = performance.now() + msBeforeNext;
    } catch {
      // Told again with the next points.
      this.untold += points;
    } finally {
      this.isTelling = false;
    }
  }
}
