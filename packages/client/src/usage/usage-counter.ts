import type { Transform } from 'node:stream';
import type { PropertyClient } from '../property-client.js';
import type { UsageBatch } from '../types.js';
import { GatheredCounts, type Seen } from './gathered-counts.js';
import { LogFilter } from './log-filter.js';
import { sendBatch, type DroppedUsage } from './usage-sender.js';
import { UsageSpool, type SpooledBatches } from './usage-spool.js';

export type { DroppedUsage, Seen };

export interface UsageCounterOptions {
  /** How often what has been counted is sent: an ISO 8601 duration of hours, minutes and seconds. Default `PT1M`. */
  readonly flushEvery?: string;
  /** Called before each flush, for what is counted elsewhere. */
  readonly beforeFlush?: (counter: UsageCounter) => void | Promise<void>;
  /** A folder, of this process alone, in which what is not sent outlives it: all but the last second. */
  readonly spool?: string;
  /** The service is away, or the spool cannot be written: it is tried again at the next flush. */
  readonly onError?: (error: unknown) => void;
  /** What the service has refused for good; and what was not sent when the counter was stopped without a spool. */
  readonly onDropped?: (dropped: DroppedUsage | { readonly items: readonly object[]; readonly error: Error }) => void;
}

const DURATION = /^PT(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/;
const DEFAULT_FLUSH = 'PT1M';
const SPOOL_MS = 1_000;
/** A week of minutes: what is older is refused by most settings of the service. */
const MAX_UNSENT = 10_080;

/**
 * Counts in memory, and sends what it has counted every minute. A batch that gets no answer is sent again with the same
 * id, so nothing counts twice. Nothing that is counted waits for the service.
 */
export class UsageCounter {
  readonly #flushMs: number;
  readonly #spool: UsageSpool | null;
  readonly #timers: NodeJS.Timeout[];
  readonly #unsent: SpooledBatches[] = [];
  readonly #loaded: Promise<void>;
  #gathered = new GatheredCounts();
  #gatheredFile = '';
  #hasChanged = false;
  #work: Promise<void> = Promise.resolve();
  #isStopped = false;

  /** @throws RangeError for a duration that is none, Error where another process has the spool */
  constructor(
    private readonly client: PropertyClient,
    private readonly options: UsageCounterOptions = {},
  ) {
    this.#flushMs = durationMs(options.flushEvery ?? DEFAULT_FLUSH);
    this.#spool = options.spool === undefined ? null : new UsageSpool(options.spool);
    this.#loaded = this.#load();
    this.#timers = [setInterval(() => void this.flush(), this.#flushMs)];
    if (this.#spool !== null) this.#timers.push(setInterval(() => void this.spoolNow(), SPOOL_MS));
    for (const timer of this.#timers) timer.unref();
  }

  /** Counts an event. */
  count(event: string, category: string): void {
    this.add(event, category, 1);
  }

  /** Counts an event `n` times; 0 is ignored. @throws RangeError for what is no whole number from 0 on */
  add(event: string, category: string, n: number): void {
    this.#refuseStopped();
    this.#gathered.add(event, category, n, Date.now());
    this.#hasChanged = true;
  }

  /** Counts somebody once a day. Whether it is the first time since the last flush. */
  seen(category: string, seen: Seen): boolean {
    this.#refuseStopped();
    this.#hasChanged = true;
    return this.#gathered.see(category, seen, Date.now());
  }

  /** Marks this moment. */
  mark(event: string, category: string): void {
    this.#refuseStopped();
    this.#gathered.mark(event, category, Date.now());
    this.#hasChanged = true;
  }

  /** A stream of log lines that counts those that contain a pattern, under it, and passes on the others. */
  logFilter({ patterns, category }: { readonly patterns: readonly string[]; readonly category: string }): Transform {
    return new LogFilter({ patterns, onMatch: (pattern) => this.count(pattern, category) });
  }

  /** Sends what has been counted. Never throws; how many batches could not be sent. */
  async flush(): Promise<number> {
    // A callback or a disk that fails keeps nothing from being sent.
    for (const step of [async () => this.options.beforeFlush?.(this), () => this.#close(), () => this.#send()])
      await this.#inTurn(step);
    return this.#unsent.reduce((sum, { batches }) => sum + batches.length, 0);
  }

  /** Writes what has been counted to the spool; with one it does so every second. */
  async spoolNow(): Promise<void> {
    if (this.#spool === null || !this.#hasChanged) return;
    await this.#inTurn(async () => {
      this.#hasChanged = false;
      await this.#write();
    });
  }

  /**
   * Sends what is left, and ends. What cannot be sent stays in the spool, or is told as dropped; how many batches those
   * are.
   */
  async stop(): Promise<number> {
    for (const timer of this.#timers) clearInterval(timer);
    const unsent = await this.flush();
    this.#isStopped = true;
    if (this.#spool !== null) await this.#spool.leave();
    else if (unsent > 0) this.#drop(this.#unsent.splice(0), 'The counter was stopped before it could be sent');
    return unsent;
  }

  /** One thing at a time, in order. What goes wrong is told. */
  async #inTurn(work: () => Promise<unknown>): Promise<void> {
    this.#work = this.#work.then(async () => {
      try {
        await this.#loaded;
        await work();
      } catch (error) {
        this.options.onError?.(error);
      }
    });
    await this.#work;
  }

  async #load(): Promise<void> {
    try {
      const left = await this.#spool?.load((error) => this.options.onError?.(error));
      this.#unsent.push(...(left ?? []));
    } catch (error) {
      this.options.onError?.(error);
    }
  }

  /** What is counted from now on is of the next batch. */
  async #close(): Promise<void> {
    if (this.#gathered.isEmpty) return;
    const closed = this.#batches();
    this.#gathered = new GatheredCounts();
    this.#gatheredFile = '';
    this.#hasChanged = false;
    this.#unsent.push(closed);
    if (this.#unsent.length > MAX_UNSENT) this.#drop(this.#unsent.splice(0, 1), 'Too many batches wait');
    await this.#spool?.write(closed);
  }

  async #write(): Promise<void> {
    if (!this.#gathered.isEmpty) await this.#spool?.write(this.#batches());
  }

  #batches(): SpooledBatches {
    if (this.#gatheredFile === '' && this.#spool !== null)
      this.#gatheredFile = this.#spool.fileOf(Date.now(), this.#gathered.id);
    return { file: this.#gatheredFile, batches: this.#gathered.toBatches() };
  }

  async #send(): Promise<void> {
    for (let first = this.#unsent[0]; first !== undefined; first = this.#unsent[0]) {
      for (const batch of first.batches)
        await sendBatch(this.client, batch, (dropped) => this.options.onDropped?.(dropped));
      this.#unsent.shift();
      await this.#spool?.remove(first.file);
    }
  }

  #drop(dropped: readonly SpooledBatches[], reason: string): void {
    const items = dropped.flatMap(({ batches }) => batches.flatMap(itemsOf));
    for (const { file } of dropped) void this.#spool?.remove(file);
    this.options.onDropped?.({ items, error: new Error(reason) });
  }

  #refuseStopped(): void {
    if (this.#isStopped) throw new Error('The counter has been stopped');
  }
}

function itemsOf({ counts = [], seen = [], marks = [] }: UsageBatch): object[] {
  return [...counts, ...seen, ...marks];
}

function durationMs(text: string): number {
  const [, hours = '0', minutes = '0', seconds = '0'] = DURATION.exec(text) ?? [];
  const ms = 1000 * (3600 * Number(hours) + 60 * Number(minutes) + Number(seconds));
  if (ms > 0 && ms < 2 ** 31) return ms;
  throw new RangeError(`Give a duration such as "PT1M", not ${JSON.stringify(text)}`);
}
