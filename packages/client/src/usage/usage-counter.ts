import type { Transform } from 'node:stream';
import type { PropertyClient } from '../property-client.js';
import { Callbacks, type NotSent } from './callbacks.js';
import { GatheredCounts, NotCounted, type Seen } from './gathered-counts.js';
import { LogFilter } from './log-filter.js';
import { SpoolQueue } from './spool-queue.js';
import { itemsOf, UnsentBatches, type Unsent } from './unsent-batches.js';
import { isEarly, sendBatch } from './usage-sender.js';
import { UsageSpool } from './usage-spool.js';

export type { NotSent, Seen };

export interface UsageCounterOptions {
  /** How often what has been counted is sent: an ISO 8601 duration of hours, minutes and seconds. Default `PT1M`. */
  readonly flushEvery?: string;
  /** Called before each flush, for what is counted elsewhere; waited for, for 30 s at the most. */
  readonly beforeFlush?: (counter: UsageCounter) => void | Promise<void>;
  /** A folder, of this counter alone, in which what is not sent outlives it: all but the last second. */
  readonly spool?: string;
  /** Ids and networks of addresses are written to the spool too, as they are. Without it a crash loses them. */
  readonly spoolSeen?: boolean;
  /** Items that wait at the most; beyond, the oldest batches are dropped and told. Default 250,000. */
  readonly maxItems?: number;
  /** The service is away, or the spool cannot be written: it is tried again. */
  readonly onError?: (error: unknown) => void;
  /** What is not counted: refused for good, too much, no address, or not sent when the counter was stopped. */
  readonly onDropped?: (dropped: NotSent) => void;
}

const DURATION = /^PT(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/;
const DEFAULT_FLUSH = 'PT1M';
const DEFAULT_ITEMS = 250_000;
const SPOOL_MS = 1_000;

/**
 * Counts in memory, and sends what it has counted every minute. A batch that gets no answer is sent again with the same
 * id, so nothing counts twice. Nothing that is counted waits for the service, nor does the spool.
 */
export class UsageCounter {
  readonly #maxItems: number;
  readonly #tell: Callbacks;
  readonly #spool: UsageSpool | null;
  readonly #disk: SpoolQueue | null;
  readonly #timers: NodeJS.Timeout[];
  readonly #unsent = new UnsentBatches();
  readonly #loaded: Promise<void>;
  #gathered: GatheredCounts;
  #gatheredFile = '';
  #hasChanged = false;
  #sending: Unsent | null = null;
  #flushes = 0;
  #network: Promise<void> = Promise.resolve();
  #isStopped = false;
  #stopping: Promise<number> | null = null;

  /** @throws RangeError for a duration or a bound that is none, Error where another counter has the spool */
  constructor(
    private readonly client: PropertyClient,
    private readonly options: UsageCounterOptions = {},
  ) {
    const { flushEvery = DEFAULT_FLUSH, maxItems = DEFAULT_ITEMS, spool, spoolSeen = false } = options;
    const flushMs = durationMs(flushEvery);
    if (!Number.isSafeInteger(maxItems) || maxItems < 1) throw new RangeError(`maxItems is from 1, not ${maxItems}`);
    this.#maxItems = maxItems;
    this.#gathered = new GatheredCounts(maxItems);
    this.#tell = new Callbacks(options);
    this.#spool = spool === undefined ? null : new UsageSpool(spool, spoolSeen);
    this.#disk = this.#spool && new SpoolQueue(this.#spool, this.#tell.error);
    this.#loaded = this.#load();
    this.#timers = [setInterval(() => this.#flushes === 0 && void this.flush(), flushMs)];
    if (this.#disk !== null) this.#timers.push(setInterval(() => void this.spoolNow(), SPOOL_MS));
    for (const timer of this.#timers) timer.unref();
  }

  /** Counts an event. */
  count(event: string, category: string): void {
    this.add(event, category, 1);
  }

  /** Counts an event `n` times; 0 is ignored. @throws RangeError for what is no whole number from 0 on */
  add(event: string, category: string, n: number): void {
    this.#take(() => this.#gathered.add(event, category, n, Date.now()));
  }

  /** Counts somebody once a day. Whether it is the first time since the last flush; false for what is no address. */
  seen(category: string, seen: Seen): boolean {
    return this.#take(() => this.#gathered.see(category, seen, Date.now())) ?? false;
  }

  /** Marks this moment. */
  mark(event: string, category: string): void {
    this.#take(() => this.#gathered.mark(event, category, Date.now()));
  }

  /**
   * A stream of log lines that counts those that contain a pattern, under it, and passes on the others; all of them,
   * once the counter has been stopped.
   */
  logFilter({ patterns, category }: { readonly patterns: readonly string[]; readonly category: string }): Transform {
    const onMatch = (pattern: string): boolean => {
      if (this.#isStopped) return false;
      this.count(pattern, category);
      return true;
    };
    return new LogFilter({ patterns, onMatch });
  }

  /** Sends what has been counted. Never throws; how many batches could not be sent. */
  async flush(): Promise<number> {
    return this.#stopping ?? this.#flush(false);
  }

  /** Writes what has been counted to the spool; with one it does so every second, however slow the service is. */
  async spoolNow(): Promise<void> {
    if (this.#hasChanged && !this.#gathered.isEmpty) this.#disk?.put(this.#closed());
    this.#hasChanged = false;
    await this.#disk?.write();
  }

  /**
   * Sends what is left, and ends. What cannot be sent stays in the spool, or is told as dropped; how many batches those
   * are. Called again, it is the same end.
   */
  stop(): Promise<number> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async #end(): Promise<number> {
    for (const timer of this.#timers) clearInterval(timer);
    const unsent = await this.#flush(true);
    await this.#disk?.leave();
    const lost = this.#unsent.all().flatMap((waiting) => this.#lostWithout(waiting));
    if (lost.length > 0)
      this.#tell.dropped({ items: lost, error: new Error('The counter was stopped before it could be sent') });
    return unsent;
  }

  /** What of unsent batches does not outlive the process. */
  #lostWithout(waiting: Unsent): object[] {
    if (this.#spool === null) return itemsOf(waiting);
    return this.#spool.keepsSeen ? [] : waiting.batches.flatMap(({ seen = [] }) => seen);
  }

  /** One at a time, in order. What comes in until the last close is of the last flush. */
  async #flush(isLast: boolean): Promise<number> {
    this.#flushes += 1;
    this.#network = this.#network
      .then(async () => {
        await this.#loaded;
        await this.#tell.ask(() => this.options.beforeFlush?.(this));
        this.#close();
        this.#isStopped = isLast;
        await this.#send();
      })
      .catch(this.#tell.error);
    await this.#network;
    this.#flushes -= 1;
    await this.#disk?.settled();
    return this.#unsent.batches;
  }

  async #load(): Promise<void> {
    for (const { file, batches } of (await this.#disk?.load()) ?? [])
      this.#unsent.push({ file, batches: [...batches] });
    this.#bound();
  }

  /** Whatever is counted, as long as there is room. */
  #take<T>(count: () => T): T | undefined {
    if (this.#isStopped) throw new Error('The counter has been stopped');
    try {
      const taken = count();
      this.#hasChanged = true;
      this.#bound();
      return taken;
    } catch (error) {
      if (!(error instanceof NotCounted)) throw error;
      this.#tell.dropped({ items: [error.item], error });
      return undefined;
    }
  }

  /** The oldest goes first, but not what is on its way. */
  #bound(): void {
    while (this.#unsent.items + this.#gathered.size > this.#maxItems) {
      const oldest = this.#unsent.all().find((unsent) => unsent !== this.#sending);
      if (oldest === undefined) return;
      this.#forget(oldest);
      this.#tell.dropped({ items: itemsOf(oldest), error: new Error(`More than ${this.#maxItems} items wait`) });
    }
  }

  /** What is counted from now on is of the next batch. */
  #close(): void {
    if (this.#gathered.isEmpty) return;
    const closed = this.#closed();
    this.#gathered = new GatheredCounts(this.#maxItems);
    this.#gatheredFile = '';
    this.#hasChanged = false;
    this.#unsent.push(closed);
    this.#disk?.put({ file: closed.file, batches: [...closed.batches] });
    void this.#disk?.write();
  }

  #closed(): Unsent {
    if (this.#gatheredFile === '' && this.#spool !== null)
      this.#gatheredFile = this.#spool.fileOf(Date.now(), this.#gathered.id);
    return { file: this.#gatheredFile, batches: this.#gathered.toBatches() };
  }

  async #send(): Promise<void> {
    for (const unsent of this.#unsent.all()) {
      if (!this.#unsent.has(unsent)) continue;
      this.#sending = unsent;
      try {
        for (let batch = unsent.batches[0]; batch !== undefined; batch = unsent.batches[0]) {
          await sendBatch(this.client, batch, this.#tell.dropped);
          this.#unsent.shift(unsent);
        }
        this.#forget(unsent);
      } catch (error) {
        this.#tell.error(error);
        if (!isEarly(error)) return;
      } finally {
        this.#sending = null;
      }
    }
  }

  #forget(unsent: Unsent): void {
    this.#unsent.remove(unsent);
    void this.#disk?.remove(unsent.file);
  }
}

function durationMs(text: string): number {
  const [, hours = '0', minutes = '0', seconds = '0'] = DURATION.exec(text) ?? [];
  const ms = 1000 * (3600 * Number(hours) + 60 * Number(minutes) + Number(seconds));
  if (ms > 0 && ms < 2 ** 31) return ms;
  throw new RangeError(`Give a duration such as "PT1M", not ${JSON.stringify(text)}`);
}
