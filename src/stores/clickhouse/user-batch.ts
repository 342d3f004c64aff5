import type { RejectionCode } from '../../core/ingest/rejection.js';
import { UserReader } from '../../core/ingest/user-reader.js';
import { RowBuffer } from './row-buffer.js';

/** Upserts of users on their way into the engine, as rows. */
export class UserBatch {
  readonly #reader: UserReader;
  readonly #rows = new RowBuffer();
  #count = 0;

  /** `latestMs`: the last instant that is taken. */
  constructor(latestMs: number) {
    this.#reader = new UserReader(latestMs);
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

  /** JSON Pointer to what the last rejection is about. */
  get pointer(): string {
    return this.#reader.pointer;
  }

  bytes(): Buffer {
    return this.#rows.bytes();
  }

  /** Takes the upsert in the bytes [start, end) unless it is to be rejected. */
  add(bytes: Buffer, start: number, end: number, position: number): RejectionCode | null {
    const reader = this.#reader;
    const problem = reader.read(bytes, start, end);
    if (problem !== null) return problem;
    const rows = this.#rows;
    rows.reserve(2 * (end - start) + 64);
    rows.text(reader.user);
    rows.byte(reader.isRegistrationGiven ? 1 : 0);
    rows.byte(reader.registeredAtMs === null ? 1 : 0);
    if (reader.registeredAtMs !== null) rows.uint64(reader.registeredAtMs);
    rows.typedMaps(reader.traits);
    rows.nullKeys(reader.traits);
    rows.uint32(position);
    this.#count++;
    return null;
  }

  clear(): void {
    this.#rows.clear();
    this.#count = 0;
  }
}
