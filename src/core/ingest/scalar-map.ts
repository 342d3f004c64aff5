import type { JsonCursor } from './json-cursor.js';
import { ITEM_LIMITS, type RejectionCode } from './rejection.js';
import { TextSpan } from './text-span.js';

export type ScalarType = 'null' | 'text' | 'number' | 'flag';

/** One property or trait. `number` is 0 or 1 of a flag. */
export class Scalar {
  readonly key = new TextSpan();
  type: ScalarType = 'null';
  readonly text = new TextSpan();
  number = 0;
}

const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const NULL = Buffer.from('null');
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
/** Above it, keys are compared by way of a set. */
const FEW_KEYS = 16;

/** The flat object of an item: texts, finite numbers, booleans and nulls by name. Reused from item to item. */
export class ScalarMap {
  readonly #scalars: Scalar[] = [];
  readonly #keys = new Set<string>();
  size = 0;
  /** The scalar that the last problem is about; null: the object as a whole. */
  culprit: Scalar | null = null;

  clear(): void {
    this.size = 0;
    this.culprit = null;
  }

  at(index: number): Scalar {
    return (this.#scalars[index] ??= new Scalar());
  }

  count(type: ScalarType): number {
    let count = 0;
    for (let i = 0; i < this.size; i++) if (this.at(i).type === type) count++;
    return count;
  }

  /** Reads the object that starts here. */
  read(cursor: JsonCursor): RejectionCode | null {
    cursor.at++;
    if (cursor.peek() === CLOSE_OBJECT) {
      cursor.at++;
      return null;
    }
    for (;;) {
      const problem = this.#member(cursor);
      if (problem !== null) return problem;
      const byte = cursor.next();
      if (byte === CLOSE_OBJECT) return null;
      if (byte !== COMMA) return 'malformed_json';
      cursor.peek();
    }
  }

  #member(cursor: JsonCursor): RejectionCode | null {
    if (this.size === ITEM_LIMITS.keys) return 'too_many_properties';
    const scalar = this.at(this.size);
    const problem = cursor.readText(scalar.key);
    if (problem !== null) return problem;
    this.culprit = scalar;
    if (!scalar.key.hasCharacters(1, ITEM_LIMITS.keyCharacters)) return 'invalid_length';
    if (this.#isTaken(scalar.key)) return 'duplicate_field';
    this.size++;
    if (cursor.next() !== COLON) return 'malformed_json';
    const code = this.#value(cursor, scalar);
    if (code === null) this.culprit = null;
    return code;
  }

  #value(cursor: JsonCursor, scalar: Scalar): RejectionCode | null {
    switch (cursor.peek()) {
      case QUOTE:
        scalar.type = 'text';
        return cursor.readText(scalar.text) ?? (scalar.text.length > ITEM_LIMITS.textBytes ? 'invalid_length' : null);
      case TRUE[0]:
        return this.#word(cursor, scalar, TRUE, 'flag', 1);
      case FALSE[0]:
        return this.#word(cursor, scalar, FALSE, 'flag', 0);
      case NULL[0]:
        return this.#word(cursor, scalar, NULL, 'null', 0);
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        return 'invalid_type';
      default:
        if (!cursor.readNumber()) return 'malformed_json';
        scalar.type = 'number';
        scalar.number = cursor.number;
        return Number.isFinite(cursor.number) ? null : 'number_out_of_range';
    }
  }

  #word(cursor: JsonCursor, scalar: Scalar, word: Uint8Array, type: ScalarType, number: number): RejectionCode | null {
    scalar.type = type;
    scalar.number = number;
    return cursor.readWord(word) ? null : 'malformed_json';
  }

  #isTaken(key: TextSpan): boolean {
    if (this.size >= FEW_KEYS) return this.#isInSet(key);
    for (let i = 0; i < this.size; i++) {
      if (this.at(i).key.equals(key)) return true;
    }
    return false;
  }

  #isInSet(key: TextSpan): boolean {
    if (this.size === FEW_KEYS) {
      this.#keys.clear();
      for (let i = 0; i < FEW_KEYS; i++) this.#keys.add(this.at(i).key.toString());
    }
    const text = key.toString();
    const isTaken = this.#keys.has(text);
    this.#keys.add(text);
    return isTaken;
  }
}
