import { requireText } from '../trackables/names.js';
import { UnknownCheckpoint } from '../trackables/sequence.js';
import { invalidField, LocalFailure } from './local-failure.js';

/** The fields of a JSON body, read one by one. What is wrong is told with its name. */
export class Fields {
  readonly #all: ReadonlyMap<string, unknown>;

  /** @param known all that there may be @throws LocalFailure malformed_body, unknown_field */
  constructor(body: unknown, known: readonly string[]) {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new LocalFailure('malformed_body', 'The body is no JSON object.');
    this.#all = new Map(Object.entries(body));
    const unknown = [...this.#all.keys()].filter((name) => !known.includes(name));
    if (unknown.length === 0) return;
    const detail = known.length === 0 ? 'There are no fields here.' : `The fields are ${known.join(', ')}.`;
    const errors = unknown.map((name) => ({ pointer: `/${escaped(name)}`, detail }));
    throw new LocalFailure('unknown_field', detail, errors);
  }

  has(name: string): boolean {
    return this.#all.has(name);
  }

  /** As it stands; undefined: it is not there. */
  raw(name: string): unknown {
    return this.#all.get(name);
  }

  /** @throws LocalFailure invalid_field for what is no finite number, or is absent without a default */
  number(name: string, absent?: number): number {
    const value = this.#all.has(name) ? this.#all.get(name) : absent;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw invalidField(name, 'A finite number is needed.');
  }

  /** @throws LocalFailure invalid_field for what is no text of 1 to so many characters */
  text(name: string, maxCharacters: number): string {
    return checked(name, () => requireText(this.#all.get(name), 'It', maxCharacters));
  }

  /** Undefined: it is not there; it may be empty. @throws LocalFailure as `text` */
  optionalText(name: string, maxCharacters: number): string | undefined {
    if (!this.#all.has(name)) return undefined;
    return this.#all.get(name) === '' ? '' : this.text(name, maxCharacters);
  }

  /** @throws LocalFailure invalid_field for what is no list of texts */
  texts(name: string): readonly string[] {
    const value = this.#all.get(name);
    if (Array.isArray(value) && value.every((one): one is string => typeof one === 'string')) return value;
    throw invalidField(name, 'A list of texts is needed.');
  }
}

/** @throws LocalFailure as `Fields`, for a body that has any field */
export function requireNoFields(body: unknown): Fields {
  return new Fields(body, []);
}

/** What the tracker refuses, as what is wrong with the field that it was given. @throws LocalFailure invalid_field */
export function checked<T>(field: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const isRefused = error instanceof TypeError || error instanceof RangeError || error instanceof UnknownCheckpoint;
    if (isRefused) throw invalidField(field, `${error.message}.`);
    throw error;
  }
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
