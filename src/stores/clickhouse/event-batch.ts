import { BatchTally, type Tally } from '../../core/ingest/batch-tally.js';
import { EventReader, type ItemForm } from '../../core/ingest/item-readers.js';
import type { BodyNotes } from '../../core/ingest/body-notes.js';
import type { ItemFaults } from '../../core/ingest/item-faults.js';
import type { ObjectReader } from '../../core/ingest/object-reader.js';
import { utcDay } from '../../core/time/utc-day.js';
import { groupPosition, GROUP_POSITION_BITS, type InstantRange } from '../../sql/ingest/event-batch.js';
import type { EventIdentity } from './known-users.js';
import { RowBuffer } from './row-buffer.js';

const UINT32_BYTES = 4;

/** Up to here a batch is looked into user by user. */
const FEW_ROWS = 2_000;
const FEW_USER_BYTES = 64_000;
/** Up to here the identities of a batch are at hand. */
const FEW_IDENTITIES = 500;
/** Several batches that are stored together have at most so many bytes of rows, and places for so many items each. */
const GROUP_BYTES = 4 * 1024 * 1024;
const GROUP_ITEMS = 2 ** GROUP_POSITION_BITS;

/** Events on their way into the engine, as rows, and what is known of them without asking it. */
export class EventBatch {
  readonly #reader: EventReader;
  readonly #rows = new RowBuffer();
  readonly #notes: BodyNotes;
  readonly #users = new Set<string>();
  readonly #days = new Set<number>();
  readonly #tally = new BatchTally();
  /** Where the first rows end: each with its position. */
  readonly #ends: number[] = [];
  /** Given away by `fewIdentities`: never emptied, but replaced. */
  #identities: EventIdentity[] = [];
  #userBytes = 0;
  #count = 0;
  #hasIds = false;
  #hasFinerTimes = false;
  #lastDay = NaN;
  #fromMs = Infinity;
  #toMs = -Infinity;

  constructor(form: ItemForm) {
    this.#reader = new EventReader(form);
    this.#notes = form.notes;
  }

  get count(): number {
    return this.#count;
  }

  get byteLength(): number {
    return this.#rows.length;
  }

  /** UTC days of the events, since 1970-01-01. */
  get days(): number[] {
    return [...this.#days];
  }

  get range(): InstantRange {
    return { fromMs: this.#fromMs, toMs: this.#toMs };
  }

  /** Whether any event has an id of its sender's. */
  get hasIds(): boolean {
    return this.#hasIds;
  }

  /** The users, where the batch is small; else null. */
  get fewUsers(): string[] | null {
    return this.#count <= FEW_ROWS && this.#userBytes <= FEW_USER_BYTES ? [...this.#users] : null;
  }

  /** What tells the events apart, in their order, where the batch is small; else null. */
  get fewIdentities(): readonly EventIdentity[] | null {
    return this.#count === this.#identities.length && this.groupShare <= 1 ? this.#identities : null;
  }

  /** What the events are made of, duplicates included. */
  tally(): Tally {
    return this.#tally.tally();
  }

  /** Whether a time has digits below the millisecond. */
  get hasFinerTimes(): boolean {
    return this.#hasFinerTimes;
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

  /** Which share of what may be stored together the batch is; above 1 it is stored by itself. */
  get groupShare(): number {
    if (this.#count > this.#ends.length || this.#positionOf(this.#ends.length - 1) >= GROUP_ITEMS) return Infinity;
    return Math.max(this.#count / FEW_ROWS, this.#userBytes / FEW_USER_BYTES, this.#rows.length / GROUP_BYTES);
  }

  /** A copy of the rows whose positions tell the number of the batch, too; only where `groupShare` is at most 1. */
  groupBytes(seq: number): Buffer {
    const bytes = Buffer.from(this.#rows.bytes());
    for (const [at, end] of this.#ends.entries()) {
      bytes.writeUInt32LE(groupPosition(seq, this.#positionOf(at)), end - UINT32_BYTES);
    }
    return bytes;
  }

  add(bytes: Buffer, start: number, end: number, position: number): boolean {
    return this.#reader.item.read(bytes, start, end) && this.addItem(end - start, position);
  }

  addItem(byteLength: number, position: number): boolean {
    const reader = this.#reader;
    if (!reader.check()) return false;
    const rows = this.#rows;
    // A number of one digit becomes eight bytes, a text never more than it was.
    rows.reserve(2 * (byteLength + reader.properties.extraBytes) + 64);
    rows.text(reader.user);
    rows.uint64(reader.timeMs);
    const { finerTime } = reader;
    if (finerTime.length > 0) this.#hasFinerTimes = true;
    rows.text(finerTime);
    rows.text(reader.event);
    if (reader.id) {
      rows.text(reader.id);
      this.#hasIds = true;
    } else rows.varint(0);
    rows.typedMaps(reader.properties);
    rows.uint32(position);
    if (this.#count < GROUP_ITEMS) this.#ends.push(rows.length);
    this.#notes.user(reader.user);
    if (reader.properties.dropped > 0) this.#notes.dropped(reader.properties.dropped);
    this.#tally.note(reader.event, reader.properties, reader.timeMs);
    this.#note(reader);
    return true;
  }

  clear(): void {
    this.#rows.clear();
    this.#users.clear();
    this.#days.clear();
    this.#tally.clear();
    this.#ends.length = 0;
    this.#identities = [];
    this.#userBytes = 0;
    this.#count = 0;
    this.#hasIds = false;
    this.#hasFinerTimes = false;
    this.#lastDay = NaN;
    this.#fromMs = Infinity;
    this.#toMs = -Infinity;
  }

  /** Where in its body the row stands, which is the last of its columns. */
  #positionOf(at: number): number {
    const end = this.#ends[at];
    return end === undefined ? 0 : this.#rows.bytes().readUInt32LE(end - UINT32_BYTES);
  }

  #note({ timeMs, user, event, id }: EventReader): void {
    if (this.#count < FEW_IDENTITIES) {
      this.#identities.push({ user: user.toString(), timeMs, name: event.toString(), id: id?.toString() ?? '' });
    }
    this.#count++;
    if (timeMs < this.#fromMs) this.#fromMs = timeMs;
    if (timeMs > this.#toMs) this.#toMs = timeMs;
    const day = utcDay(timeMs);
    if (day !== this.#lastDay) this.#days.add(day);
    this.#lastDay = day;
    if (this.#count > FEW_ROWS || this.#userBytes > FEW_USER_BYTES) return;
    this.#userBytes += user.length;
    this.#users.add(user.toString());
  }
}
