import { ItemFaults } from './item-faults.js';
import { JsonCursor } from './json-cursor.js';
import { ScalarMap, type Nested } from './scalar-map.js';
import { TextSpan } from './text-span.js';

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const NULL = Buffer.from('null');

/** A field that holds a text or null. A number stands for the text of its digits where the field `takesNumbers`. */
export class TextField {
  readonly bytes: Buffer;
  readonly text = new TextSpan();
  /** `bad`: it was there, and its fault has been reported. */
  state: 'absent' | 'null' | 'text' | 'bad' = 'absent';

  constructor(
    readonly name: string,
    readonly takesNumbers: boolean | null = null,
  ) {
    this.bytes = Buffer.from(name);
  }
}

/**
 * Takes an item apart: a JSON object whose fields are texts, but for one that is a flat object of scalars. Unknown and
 * double names, other types and bad JSON are reported, all of them at once; lengths and contents of the text fields are
 * left to the caller. Reused from item to item.
 */
export class ObjectReader {
  readonly faults = new ItemFaults();
  readonly map: ScalarMap;
  readonly #cursor = new JsonCursor();
  readonly #key = new TextSpan();
  readonly #mapName: Buffer;
  #hasMap = false;

  constructor(
    readonly fields: readonly TextField[],
    readonly mapField: string,
    /** Whether null stands for an absent map. */
    private readonly isMapNullable: boolean,
    nested: Nested,
  ) {
    this.map = new ScalarMap(mapField, nested, this.faults);
    this.#mapName = Buffer.from(mapField);
  }

  /** Nothing of the item before. */
  clear(): void {
    this.#hasMap = false;
    this.faults.clear();
    this.map.clear();
    for (const field of this.fields) field.state = 'absent';
  }

  /**
   * Reads the item in the bytes [start, end), which are valid UTF-8; `faults` tells what is wrong with it. False: it is
   * no JSON object.
   */
  read(bytes: Buffer, start: number, end: number): boolean {
    this.clear();
    this.#cursor.set(bytes, start, end);
    const isObject = this.#cursor.peek() === OPEN_OBJECT;
    const isJson = (isObject ? this.#object() : this.#cursor.skipValue()) && this.#cursor.peek() === -1;
    if (isJson && isObject) return true;
    this.faults.replaceBy(isJson ? 'not_an_object' : 'malformed_json');
    return false;
  }

  /** False: no JSON. */
  #object(): boolean {
    const cursor = this.#cursor;
    cursor.at++;
    if (cursor.peek() === CLOSE_OBJECT) {
      cursor.at++;
      return true;
    }
    for (;;) {
      if (!this.#member()) return false;
      const byte = cursor.next();
      if (byte === CLOSE_OBJECT) return true;
      if (byte !== COMMA) return false;
      cursor.peek();
    }
  }

  #member(): boolean {
    const problem = this.#cursor.readText(this.#key);
    if (problem === 'malformed_json' || this.#cursor.next() !== COLON) return false;
    if (problem !== null) return this.#passOver(() => this.faults.add(problem, []));
    for (const field of this.fields) {
      if (this.#key.isBytes(field.bytes)) return this.#text(field);
    }
    if (this.#key.isBytes(this.#mapName)) return this.#scalars();
    return this.#passOver(() => this.faults.add('unknown_field', [this.#key]));
  }

  #passOver(tell: () => void): boolean {
    tell();
    return this.#cursor.skipValue();
  }

  #text(field: TextField): boolean {
    if (field.state !== 'absent') return this.#passOver(() => this.faults.add('duplicate_field', [field.name]));
    const cursor = this.#cursor;
    const byte = cursor.peek();
    if (byte === NULL[0]) {
      field.state = 'null';
      return cursor.readWord(NULL);
    }
    if (byte === QUOTE) {
      field.state = 'text';
      const problem = cursor.readText(field.text);
      if (problem === 'malformed_json') return false;
      if (problem !== null) this.#spoil(field, () => this.faults.add(problem, [field.name]));
      return true;
    }
    return this.#otherThanText(field, byte === MINUS || (byte >= ZERO && byte <= NINE));
  }

  #otherThanText(field: TextField, isNumber: boolean): boolean {
    const cursor = this.#cursor;
    const start = cursor.at;
    if (!cursor.skipValue()) return false;
    if (isNumber && field.takesNumbers) {
      field.state = 'text';
      field.text.set(cursor.bytes, start, cursor.at);
      return true;
    }
    const lack = isNumber && field.takesNumbers === false ? 'time_format' : null;
    this.#spoil(field, () => this.faults.add('invalid_type', [field.name], lack));
    return true;
  }

  #spoil(field: TextField, tell: () => void): void {
    field.state = 'bad';
    tell();
  }

  #scalars(): boolean {
    const cursor = this.#cursor;
    if (this.#hasMap) return this.#passOver(() => this.faults.add('duplicate_field', [this.mapField]));
    this.#hasMap = true;
    const byte = cursor.peek();
    if (byte === NULL[0] && this.isMapNullable) return cursor.readWord(NULL);
    if (byte !== OPEN_OBJECT) return this.#passOver(() => this.faults.add('invalid_type', [this.mapField]));
    return this.map.read(cursor);
  }
}
