import { checkInstant, hasBytes, requireText } from './event-reader.js';
import { instantOf } from './instant-span.js';
import { ObjectReader, TextField } from './object-reader.js';
import { ITEM_LIMITS, type RejectionCode } from './rejection.js';
import type { ScalarMap } from './scalar-map.js';
import type { TextSpan } from './text-span.js';

/** Reads one upsert of a user from JSON and checks it. What it read stands in its fields until the next one. */
export class UserReader {
  readonly #user = new TextField('user');
  readonly #registeredAt = new TextField('registered_at');
  readonly #object = new ObjectReader([this.#user, this.#registeredAt], 'traits', false);
  /** Null: removed, where `isRegistrationGiven`. */
  registeredAtMs: number | null = null;

  /** `latestMs`: the last instant that is taken. */
  constructor(private readonly latestMs: number) {}

  get user(): TextSpan {
    return this.#user.text;
  }

  get isRegistrationGiven(): boolean {
    return this.#registeredAt.state !== 'absent';
  }

  /** Null stands for a trait that is taken away. */
  get traits(): ScalarMap {
    return this.#object.map;
  }

  get pointer(): string {
    return this.#object.pointer;
  }

  read(bytes: Buffer, start: number, end: number): RejectionCode | null {
    return this.#object.read(bytes, start, end) ?? requireText(this.#object, this.#user) ?? this.#contents();
  }

  #contents(): RejectionCode | null {
    if (!hasBytes(this.user, ITEM_LIMITS.userBytes)) return this.#object.reject('invalid_length', 'user');
    this.registeredAtMs = null;
    if (this.#registeredAt.state !== 'text') return null;
    this.registeredAtMs = instantOf(this.#registeredAt.text);
    return checkInstant(this.#object, 'registered_at', this.registeredAtMs, this.latestMs);
  }
}
