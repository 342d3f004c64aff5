import { checkUser, readInstant } from './event-reader.js';
import { InstantReader } from './instant-reader.js';
import type { ItemForm } from './item-form.js';
import type { ItemFaults } from './item-faults.js';
import { ObjectReader, TextField } from './object-reader.js';
import type { ScalarMap } from './scalar-map.js';
import type { TextSpan } from './text-span.js';

/** Reads one upsert of a user and checks it. What it read stands in its fields until the next one. */
export class UserReader {
  readonly #user = new TextField('user');
  readonly #registeredAt: TextField;
  readonly #instant: InstantReader;
  readonly #latestMs: number;
  readonly #refused: ReadonlySet<string>;
  readonly item: ObjectReader;

  constructor({ latestMs, times, nested, refusedUsers }: ItemForm) {
    this.#refused = refusedUsers;
    this.#latestMs = latestMs;
    this.#instant = new InstantReader(times);
    this.#registeredAt = new TextField('registered_at', this.#instant.takesNumbers);
    this.item = new ObjectReader([this.#user, this.#registeredAt], 'traits', false, nested);
  }

  get user(): TextSpan {
    return this.#user.text;
  }

  get isRegistrationGiven(): boolean {
    return this.#registeredAt.state !== 'absent';
  }

  /** Null: removed, where `isRegistrationGiven`. */
  get registeredAtMs(): number | null {
    return this.#registeredAt.state === 'text' ? this.#instant.ms : null;
  }

  /** Null stands for a trait that is taken away. */
  get traits(): ScalarMap {
    return this.item.map;
  }

  /** What is wrong with the upsert; none: it is to be taken. */
  get faults(): ItemFaults {
    return this.item.faults;
  }

  /** Reads the upsert in the bytes [start, end), which are valid UTF-8, from JSON. Whether it is to be taken. */
  read(bytes: Buffer, start: number, end: number): boolean {
    return this.item.read(bytes, start, end) && this.check();
  }

  /** Whether the item that was read is an upsert. */
  check(): boolean {
    const { faults } = this.item;
    checkUser(this.#user, this.#refused, faults);
    if (this.#registeredAt.state === 'text') readInstant(this.#registeredAt, this.#instant, this.#latestMs, faults);
    return !faults.any;
  }
}
