import { pointerTo } from '../failure.js';
import { JsonCursor } from './json-cursor.js';
import type { RejectionCode } from './rejection.js';
import { ScalarMap } from './scalar-map.js';
import { TextSpan } from './text-span.js';

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const NULL = Buffer.from('null');
/** A longer item with a problem is not parsed again only to find out whether it is JSON at all. */
const REPARSED_BYTES = 65_536;
/** Longer keys are cut in pointers: an answer must not grow with them. */
const POINTER_KEY_CHARACTERS = 200;

/** A field that holds a text or null. */
export class TextField {
  readonly bytes: Buffer;
  readonly text = new TextSpan();
  state: 'absent' | 'null' | 'text' = 'absent';

  constructor(readonly name: string) {
    this.bytes = Buffer.from(name);
  }
}

/**
 * Takes an item apart: a JSON object whose fields are texts, but for one that is a flat object of scalars. Unknown and double names,
 * other types and bad JSON are told; lengths and contents of the text fields are left to the caller. Reused from item to item.
 */
export class ObjectReader {
  readonly map = new ScalarMap();
  readonly #cursor = new JsonCursor();
  readonly #key = new TextSpan();
  readonly #mapName: Buffer;
  #hasMap = false;
  #pointer = '';

  constructor(
    private readonly fields: readonly TextField[],
    private readonly mapField: string,
    /** Whether null stands for an absent map. */
    private readonly isMapNullable: boolean,
  ) {
    this.#mapName = Buffer.from(mapField);
  }

  /** JSON Pointer to what the last rejection is about. */
  get pointer(): string {
    return this.#pointer;
  }

  /** A rejection that names a field. */
  reject(code: RejectionCode, field: string): RejectionCode {
    this.#pointer = pointerTo('', field);
    return code;
  }

  /** Reads the item in the bytes [start, end), which are valid UTF-8. Null: all is well. */
  read(bytes: Buffer, start: number, end: number): RejectionCode | null {
    this.#pointer = '';
    this.#hasMap = false;
    this.map.clear();
    for (const field of this.fields) field.state = 'absent';
    this.#cursor.set(bytes, start, end);
    const problem = this.#object();
    if (problem === null) return null;
    if (problem !== 'malformed_json' && isJson(bytes, start, end)) return problem;
    this.#pointer = '';
    return 'malformed_json';
  }

  #object(): RejectionCode | null {
    const cursor = this.#cursor;
    if (cursor.next() !== OPEN_OBJECT) return 'not_an_object';
    if (cursor.peek() === CLOSE_OBJECT) cursor.at++;
    else {
      for (;;) {
        const problem = this.#member();
        if (problem !== null) return problem;
        const byte = cursor.next();
        if (byte === CLOSE_OBJECT) break;
        if (byte !== COMMA) return 'malformed_json';
        cursor.peek();
      }
    }
    return cursor.peek() === -1 ? null : 'malformed_json';
  }

  #member(): RejectionCode | null {
    const problem = this.#cursor.readText(this.#key);
    if (problem !== null) return problem;
    if (this.#cursor.next() !== COLON) return 'malformed_json';
    for (const field of this.fields) {
      if (this.#key.isBytes(field.bytes)) return this.#text(field);
    }
    if (this.#key.isBytes(this.#mapName)) return this.#scalars();
    return this.reject('unknown_field', cut(this.#key));
  }

  #text(field: TextField): RejectionCode | null {
    if (field.state !== 'absent') return this.reject('duplicate_field', field.name);
    const byte = this.#cursor.peek();
    if (byte === NULL[0]) {
      field.state = 'null';
      return this.#cursor.readWord(NULL) ? null : 'malformed_json';
    }
    if (byte !== QUOTE) return this.reject('invalid_type', field.name);
    field.state = 'text';
    const problem = this.#cursor.readText(field.text);
    return problem === null ? null : this.reject(problem, field.name);
  }

  #scalars(): RejectionCode | null {
    if (this.#hasMap) return this.reject('duplicate_field', this.mapField);
    this.#hasMap = true;
    const byte = this.#cursor.peek();
    if (byte === NULL[0] && this.isMapNullable) return this.#cursor.readWord(NULL) ? null : 'malformed_json';
    if (byte !== OPEN_OBJECT) return this.reject('invalid_type', this.mapField);
    const problem = this.map.read(this.#cursor);
    if (problem === null) return null;
    const { culprit } = this.map;
    this.#pointer = culprit ? pointerTo('', this.mapField, cut(culprit.key)) : pointerTo('', this.mapField);
    return problem;
  }
}

function cut(key: TextSpan): string {
  return Array.from(key.toString().slice(0, 2 * POINTER_KEY_CHARACTERS))
    .slice(0, POINTER_KEY_CHARACTERS)
    .join('');
}

function isJson(bytes: Buffer, start: number, end: number): boolean {
  if (end - start > REPARSED_BYTES) return true;
  try {
    JSON.parse(bytes.toString('utf8', start, end));
    return true;
  } catch {
    return false;
  }
}
