import { instantOf } from './instant-span.js';
import { ObjectReader, TextField } from './object-reader.js';
import { ITEM_LIMITS, type RejectionCode } from './rejection.js';
import type { ScalarMap } from './scalar-map.js';
import type { TextSpan } from './text-span.js';

/**
 * Reads one event from JSON and checks it by SEMANTICS (*Events and users*). What it read stands in its fields until the next one.
 * Null for `id` and for `properties` means not given.
 */
export class EventReader {
  readonly #id = new TextField('id');
  readonly #user = new TextField('user');
  readonly #event = new TextField('event');
  readonly #time = new TextField('time');
  readonly #object = new ObjectReader([this.#user, this.#event, this.#time, this.#id], 'properties', true);
  timeMs = 0;

  /** `latestMs`: the last instant that is taken. */
  constructor(private readonly latestMs: number) {}

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

  get properties(): ScalarMap {
    return this.#object.map;
  }

  get pointer(): string {
    return this.#object.pointer;
  }

  read(bytes: Buffer, start: number, end: number): RejectionCode | null {
    return this.#object.read(bytes, start, end) ?? this.#required() ?? this.#contents();
  }

  #required(): RejectionCode | null {
    return (
      requireText(this.#object, this.#user) ??
      requireText(this.#object, this.#event) ??
      requireText(this.#object, this.#time)
    );
  }

  #contents(): RejectionCode | null {
    const { userBytes, idBytes, nameCharacters } = ITEM_LIMITS;
    if (!hasBytes(this.user, userBytes)) return this.#object.reject('invalid_length', 'user');
    if (!this.event.hasCharacters(1, nameCharacters)) return this.#object.reject('invalid_length', 'event');
    if (this.id && !hasBytes(this.id, idBytes)) return this.#object.reject('invalid_length', 'id');
    this.timeMs = instantOf(this.#time.text);
    return checkInstant(this.#object, 'time', this.timeMs, this.latestMs);
  }
}

export function requireText(object: ObjectReader, field: TextField): RejectionCode | null {
  if (field.state === 'text') return null;
  return object.reject(field.state === 'absent' ? 'missing_field' : 'invalid_type', field.name);
}

export function hasBytes(text: TextSpan, max: number): boolean {
  return text.length >= 1 && text.length <= max;
}

export function checkInstant(object: ObjectReader, field: string, ms: number, latestMs: number): RejectionCode | null {
  if (Number.isNaN(ms)) return object.reject('invalid_time', field);
  return ms < 0 || ms > latestMs ? object.reject('time_out_of_range', field) : null;
}
