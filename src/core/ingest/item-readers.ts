import type { BodyNotes } from './body-notes.js';
import { type InstantForm, InstantReader } from './instant-reader.js';
import type { Nested, ScalarMap } from './scalar-map.js';
import type { ItemFaults } from './item-faults.js';
import { ObjectReader, TextField } from './object-reader.js';
import { ITEM_LIMITS } from './rejection.js';
import type { TextSpan } from './text-span.js';

/** How the items of a body are written, beside the form of the body itself. */
export interface ItemForm {
  /** The last instant that is taken. */
  readonly latestMs: number;
  readonly times: InstantForm;
  readonly nested: Nested;
  /** Ids of users whose items the property refuses. */
  readonly refusedUsers: ReadonlySet<string>;
  /** What is noticed of the items that are taken. */
  readonly notes: BodyNotes;
}

/**
 * Reads one event and checks it by docs/semantics.md#events-and-users. What it read stands in its fields until the next
 * one. Null for `id` and for `properties` means not given.
 */
export class EventReader {
  readonly #id = new TextField('id');
  readonly #user = new TextField('user');
  readonly #event = new TextField('event');
  readonly #time: TextField;
  readonly #instant: InstantReader;
  readonly #latestMs: number;
  readonly #refused: ReadonlySet<string>;
  readonly item: ObjectReader;

  constructor({ latestMs, times, nested, refusedUsers }: ItemForm) {
    this.#refused = refusedUsers;
    this.#latestMs = latestMs;
    this.#instant = new InstantReader(times);
    this.#time = new TextField('time', this.#instant.takesNumbers);
    this.item = new ObjectReader([this.#user, this.#event, this.#time, this.#id], 'properties', true, nested);
  }

  get user(): TextSpan {
    return this.#user.text;
  }

  get event(): TextSpan {
    return this.#event.text;
  }

  /** Null: the sender gave none. */
  get id(): TextSpan | null {
    return this.#id.state === 'text' ? this.#id.text : null;
  }

  get timeMs(): number {
    return this.#instant.ms;
  }

  /** Digits of the time below the millisecond, as far as they are not zero. */
  get finerTime(): TextSpan {
    return this.#instant.finer;
  }

  get properties(): ScalarMap {
    return this.item.map;
  }

  /** What is wrong with the event; none: it is to be taken. */
  get faults(): ItemFaults {
    return this.item.faults;
  }

  /** Reads the event in the bytes [start, end), which are valid UTF-8, from JSON. Whether it is to be taken. */
  read(bytes: Buffer, start: number, end: number): boolean {
    return this.item.read(bytes, start, end) && this.check();
  }

  /** Whether the item that was read is an event. */
  check(): boolean {
    const { faults } = this.item;
    const { idBytes, nameCharacters } = ITEM_LIMITS;
    checkUser(this.#user, this.#refused, faults);
    if (isPresent(this.#event, faults) && !this.event.hasCharacters(1, nameCharacters))
      faults.add('invalid_length', ['event']);
    if (this.#id.state === 'text' && !hasBytes(this.#id.text, idBytes)) faults.add('invalid_length', ['id']);
    if (isPresent(this.#time, faults)) readInstant(this.#time, this.#instant, this.#latestMs, faults);
    return !faults.any;
  }
}

/** Whether a field that must be there is. */
function isPresent(field: TextField, faults: ItemFaults): boolean {
  if (field.state === 'absent') faults.add('missing_field', [field.name]);
  if (field.state === 'null') faults.add('invalid_type', [field.name]);
  return field.state === 'text';
}

/** Reports what is wrong with the id of a user. */
function checkUser(field: TextField, refused: ReadonlySet<string>, faults: ItemFaults): void {
  if (!isPresent(field, faults)) return;
  if (!hasBytes(field.text, ITEM_LIMITS.userBytes)) faults.add('invalid_length', [field.name]);
  else if (refused.size > 0 && refused.has(field.text.toString())) faults.add('refused_user', [field.name]);
}

function hasBytes(text: TextSpan, max: number): boolean {
  return text.length >= 1 && text.length <= max;
}

/** Reads the time of a field; what is wrong with it is reported. */
function readInstant(field: TextField, instant: InstantReader, latestMs: number, faults: ItemFaults): void {
  instant.read(field.text);
  const { ms, lack } = instant;
  if (Number.isNaN(ms)) faults.add('invalid_time', [field.name], lack, field.text);
  else if (ms < 0 || ms > latestMs) faults.add('time_out_of_range', [field.name]);
}

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
