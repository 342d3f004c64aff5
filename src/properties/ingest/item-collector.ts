import { MAX_REJECTIONS_TOLD, type Rejection, type RejectionCode } from '../../core/ingest/rejection.js';
import type { FilledBatch, RowBatch } from './row-batch.js';

/** A batch is stored when it has so many bytes of rows: what a batch costs at all does not count then, and 32 MiB of memory hold it and one more chunk. */
const FULL_BYTES = 28 * 1024 * 1024;
/** Positions in a batch have 20 bits. One chunk of a body holds fewer items than the margin. */
const FULL_ITEMS = 2 ** 20 - 2 ** 17;
/** One is filled while the other is being stored. */
const BATCHES = 2;

/** Gathers the items of one body into batches and counts those that were not taken. Holds two batches of memory, however long the body. */
export class ItemCollector<B extends RowBatch> {
  readonly #free: B[] = [];
  #made = 0;
  #rows: B | undefined;
  #firstIndex = 0;
  #index = 0;
  #rejected = 0;
  readonly #rejections: Rejection[] = [];

  constructor(
    private readonly makeBatch: () => B,
    private readonly fullBytes = FULL_BYTES,
    private readonly fullItems = FULL_ITEMS,
  ) {}

  get rejected(): number {
    return this.#rejected;
  }

  /** The first ones. */
  get rejections(): readonly Rejection[] {
    return this.#rejections;
  }

  get isFull(): boolean {
    const bytes = this.#rows?.byteLength ?? 0;
    return bytes >= this.fullBytes || this.#index - this.#firstIndex >= this.fullItems;
  }

  /** The next item of the body. */
  take(bytes: Buffer, start: number, end: number): void {
    const rows = (this.#rows ??= this.#nextBatch());
    const problem = rows.add(bytes, start, end, this.#index - this.#firstIndex);
    if (problem === null) this.#index++;
    else this.refuse(problem, this.#isTold ? rows.pointer : '');
  }

  /** The next item of the body, which nobody needs to look at. */
  refuse(code: RejectionCode, pointer: string): void {
    this.#rejected++;
    if (this.#isTold) this.#rejections.push({ index: this.#index, code, pointer });
    this.#index++;
  }

  /** A place in the body that holds no item but counts as one. */
  pass(): void {
    this.#index++;
  }

  /** What was gathered since the last time. */
  cut(): FilledBatch<B> {
    const rows = (this.#rows ??= this.#nextBatch());
    this.#rows = undefined;
    this.#firstIndex = this.#index;
    return { rows, endIndex: this.#index };
  }

  /** A batch that is stored can be filled again. */
  release(rows: B): void {
    rows.clear();
    this.#free.push(rows);
  }

  /** Whether the next rejection is one of those that are told of. */
  get #isTold(): boolean {
    return this.#rejections.length < MAX_REJECTIONS_TOLD;
  }

  #nextBatch(): B {
    const free = this.#free.pop();
    if (free) return free;
    if (this.#made === BATCHES) throw new Error('A batch was asked for while two are being stored');
    this.#made++;
    return this.makeBatch();
  }
}
