import { pointerTo } from '../failure.js';
import { JsonCursor } from './json-cursor.js';
import { MAX_REJECTIONS_TOLD, type RejectionCode } from './rejection.js';
import { ScalarMap } from './scalar-map.js';
import { TextSpan } from './text-span.js';

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const NULL = Buffer.from('null');
/** Whether an item with a problem is JSON at all is found by parsing it once more, unless it is longer than this, */
const REPARSED_BYTES = 65_536;
/** or so many have been parsed again: a body of bad lines must not cost more than one of good ones. */
const REPARSED_ITEMS = MAX_REJECTIONS_TOLD;
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
  #place: readonly (string | TextSpan)[] = [];
  #reparsed = 0;

  constructor(
    private readonly fields: readonly TextField[],
    private readonly mapField: string,
    /** Whether null stands for an absent map. */
    private readonly isMapNullable: boolean,
  ) {
    this.#mapName = Buffer.from(mapField);
  }

  /** JSON Pointer to what the last rejection is about; to be asked for before the next item. */
  get pointer(): string {
    return pointerTo('', ...this.#place.map((token) => (typeof token === 'string' ? token : cut(token))));
  }

  /** A rejection that names a field. */
  reject(code: RejectionCode, ...place: (string | TextSpan)[]): RejectionCode {
    this.#place = place;
    return code;
  }

  /** Reads the item in the bytes [start, end), which are valid UTF-8. Null: all is well. */
  read(bytes: Buffer, start: number, end: number): RejectionCode | null {
    this.#place = [];
    this.#hasMap = false;
    this.map.clear();
    for (const field of this.fields) field.state = 'absent';
    this.#cursor.set(bytes, start, end);
    const problem = this.#object();
    if (problem === null) return null;
    if (problem !== 'malformed_json' && this.#seemsJson(bytes, start, end)) return problem;
    return this.reject('malformed_json');
  }

  #seemsJson(bytes: Buffer, start: number, end: number): boolean {
    if (end - start > REPARSED_BYTES || this.#reparsed === REPARSED_ITEMS) return true;
    this.#reparsed++;
    return isJson(bytes.toString('utf8', start, end));
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
    return this.reject('unknown_field', this.#key);
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
    return culprit ? this.reject(problem, this.mapField, culprit.key) : this.reject(problem, this.mapField);
  }
}

function cut(key: TextSpan): string {
  return Array.from(key.toString().slice(0, 2 * POINTER_KEY_CHARACTERS))
    .slice(0, POINTER_KEY_CHARACTERS)
    .join('');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
