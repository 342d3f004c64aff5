import type { BodyNotes } from '../../core/ingest/body-notes.js';
import { BatchTally, type Tally } from '../../core/ingest/batch-tally.js';
import type { ItemFaults } from '../../core/ingest/item-faults.js';
import { type ItemForm, UserReader } from '../../core/ingest/item-readers.js';
import type { ObjectReader } from '../../core/ingest/object-reader.js';
import type { InstantRange } from '../../sql/ingest/event-batch.js';
import { RowBuffer } from './row-buffer.js';

const NO_EVENTS: InstantRange = { fromMs: Infinity, toMs: -Infinity };

/** Upserts of users on their way into the engine, as rows. */
export class UserBatch {
  readonly #reader: UserReader;
  readonly #rows = new RowBuffer();
  readonly #notes: BodyNotes;
  readonly #tally = new BatchTally();
  #count = 0;

  constructor(form: ItemForm) {
    this.#reader = new UserReader(form);
    this.#notes = form.notes;
  }

  get count(): number {
    return this.#count;
  }

  get byteLength(): number {
    return this.#rows.length;
  }

  /** An upsert has no place on the axis of events. */
  get days(): number[] {
    return [];
  }

  get range(): InstantRange {
    return NO_EVENTS;
  }

  /** Of what traits the upserts are made. */
  tally(): Tally {
    return this.#tally.tally();
  }

  get item(): ObjectReader {
    return this.#reader.item;
  }

  get faults(): ItemFaults {
    return this.#reader.faults;
  }

  bytes(): Buffer {
    return this.#rows.bytes();
  }

  add(bytes: Buffer, start: number, end: number, position: number): boolean {
    return this.#reader.item.read(bytes, start, end) && this.addItem(end - start, position);
  }

  addItem(byteLength: number, position: number): boolean {
    const reader = this.#reader;
    if (!reader.check()) return false;
    const rows = this.#rows;
    rows.reserve(2 * (byteLength + reader.traits.extraBytes) + 64);
    rows.text(reader.user);
    rows.byte(reader.isRegistrationGiven ? 1 : 0);
    rows.byte(reader.registeredAtMs === null ? 1 : 0);
    if (reader.registeredAtMs !== null) rows.uint64(reader.registeredAtMs);
    rows.typedMaps(reader.traits);
    rows.nullKeys(reader.traits);
    rows.uint32(position);
    this.#notes.user(reader.user);
    if (reader.traits.dropped > 0) this.#notes.dropped(reader.traits.dropped);
    this.#tally.note(null, reader.traits, 0);
    this.#count++;
    return true;
  }

  clear(): void {
    this.#rows.clear();
    this.#tally.clear();
    this.#count = 0;
  }
}
