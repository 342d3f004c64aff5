import type { ItemFaults } from './item-faults.js';
import type { JsonCursor } from './json-cursor.js';
import { ITEM_LIMITS, type ItemFaultKind, type RejectionCode } from './rejection.js';
import { TextSpan } from './text-span.js';

/**
 * What becomes of a list or an object among the values: a fault; its values by `name.key`, of objects one level deep;
 * or nothing.
 */
export const NESTED = ['reject', 'flatten', 'drop'] as const;
export type Nested = (typeof NESTED)[number];

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
const POINT = Buffer.from('.');
const NULL = Buffer.from('null');
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
/** Above it, keys are compared by way of a set. */
const FEW_KEYS = 16;

/** The flat object of an item: texts, finite numbers, booleans and nulls by name. Reused from item to item. */
export class ScalarMap {
  readonly #scalars: Scalar[] = [];
  readonly #keys = new Set<string>();
  readonly #value = new TextSpan();
  /** Names of lists and objects of this item, which have no scalar. */
  readonly #nestedKeys = new Set<string>();
  #isFull = false;
  size = 0;
  /** Lists and objects that were left out of this item. */
  dropped = 0;
  /** Bytes of names that do not stand in the item as such. */
  extraBytes = 0;

  constructor(
    private readonly name: string,
    private readonly nested: Nested,
    private readonly faults: ItemFaults,
  ) {}

  clear(): void {
    this.size = 0;
    this.dropped = 0;
    this.extraBytes = 0;
    this.#isFull = false;
    if (this.#nestedKeys.size > 0) this.#nestedKeys.clear();
  }

  at(index: number): Scalar {
    return (this.#scalars[index] ??= new Scalar());
  }

  count(type: ScalarType): number {
    let count = 0;
    for (let i = 0; i < this.size; i++) if (this.at(i).type === type) count++;
    return count;
  }

  /** Reads the object that starts here; what is wrong with its members is reported. False: it is no JSON. */
  read(cursor: JsonCursor): boolean {
    return this.#members(cursor, null);
  }

  /** The next scalar, of a name that is known to be sound and new; null: there is no room, which is reported once. */
  add(): Scalar | null {
    if (this.size < ITEM_LIMITS.keys) return this.at(this.size++);
    if (!this.#isFull) this.faults.add('too_many_properties', [this.name]);
    this.#isFull = true;
    return null;
  }

  /** `parent`: the name before the point, in an object within the object. */
  #members(cursor: JsonCursor, parent: TextSpan | null): boolean {
    cursor.at++;
    if (cursor.peek() === CLOSE_OBJECT) {
      cursor.at++;
      return true;
    }
    for (;;) {
      if (!this.#member(cursor, parent)) return false;
      const byte = cursor.next();
      if (byte === CLOSE_OBJECT) return true;
      if (byte !== COMMA) return false;
      cursor.peek();
    }
  }

  #member(cursor: JsonCursor, parent: TextSpan | null): boolean {
    const scalar = this.add();
    if (scalar === null) return this.#passOver(cursor);
    const problem = cursor.readText(scalar.key);
    if (problem === 'malformed_json' || cursor.next() !== COLON) return false;
    if (parent !== null) this.#lengthen(scalar.key, parent);
    const wrong = problem ?? this.#keyProblem(scalar.key);
    if (wrong === null) return this.#readValue(cursor, scalar, parent !== null);
    // A name that cannot be shown is reported by its object.
    this.faults.add(wrong, problem === null ? [this.name, scalar.key] : [this.name]);
    this.size--;
    return cursor.skipValue();
  }

  #passOver(cursor: JsonCursor): boolean {
    return cursor.readText(this.#value) !== 'malformed_json' && cursor.next() === COLON && cursor.skipValue();
  }

  #lengthen(key: TextSpan, { bytes, start, end }: TextSpan): void {
    const whole = Buffer.concat([bytes.subarray(start, end), POINT, key.bytes.subarray(key.start, key.end)]);
    key.set(whole, 0, whole.length);
    this.extraBytes += end - start + 1;
  }

  /** The key is that of the scalar added last. */
  #keyProblem(key: TextSpan): RejectionCode | null {
    if (!key.hasCharacters(1, ITEM_LIMITS.keyCharacters)) return 'invalid_length';
    return this.#isTaken(key, this.size - 1) ? 'duplicate_field' : null;
  }

  /** False: no JSON. */
  #readValue(cursor: JsonCursor, scalar: Scalar, isWithin: boolean): boolean {
    switch (cursor.peek()) {
      case QUOTE:
        return this.#text(cursor, scalar);
      case TRUE[0]:
        return word(cursor, scalar, TRUE, 'flag', 1);
      case FALSE[0]:
        return word(cursor, scalar, FALSE, 'flag', 0);
      case NULL[0]:
        return word(cursor, scalar, NULL, 'null', 0);
      case OPEN_ARRAY:
        return this.#nest(cursor, scalar, 'list');
      case OPEN_OBJECT:
        if (this.nested === 'flatten' && !isWithin) return this.#flatten(cursor, scalar);
        return this.#nest(cursor, scalar, isWithin ? 'level' : 'object');
      default:
        return this.#number(cursor, scalar);
    }
  }

  #text(cursor: JsonCursor, scalar: Scalar): boolean {
    scalar.type = 'text';
    const problem = cursor.readText(scalar.text);
    if (problem === 'malformed_json') return false;
    const code = problem ?? (scalar.text.length > ITEM_LIMITS.textBytes ? 'invalid_length' : null);
    if (code !== null) this.faults.add(code, [this.name, scalar.key]);
    return true;
  }

  #number(cursor: JsonCursor, scalar: Scalar): boolean {
    const start = cursor.at;
    if (!cursor.readNumber()) return false;
    scalar.type = 'number';
    scalar.number = cursor.number;
    if (!Number.isFinite(cursor.number)) this.#refuseNumber(cursor, start, scalar, 'finite');
    else if (cursor.isInexact) this.#refuseNumber(cursor, start, scalar, 'exact');
    return true;
  }

  #refuseNumber(cursor: JsonCursor, start: number, scalar: Scalar, lack: ItemFaultKind): void {
    this.#value.set(cursor.bytes, start, cursor.at);
    this.faults.add('number_out_of_range', [this.name, scalar.key], lack, this.#value);
  }

  #nest(cursor: JsonCursor, scalar: Scalar, lack: ItemFaultKind): boolean {
    if (this.nested === 'drop') {
      this.dropped++;
      this.#nestedKeys.add(scalar.key.toString());
      this.size--;
    } else this.faults.add('invalid_type', [this.name, scalar.key], lack);
    return cursor.skipValue();
  }

  /** The object's own place is its first value's. */
  #flatten(cursor: JsonCursor, scalar: Scalar): boolean {
    const { bytes, start, end } = scalar.key;
    const parent = new TextSpan();
    parent.set(bytes, start, end);
    this.#nestedKeys.add(parent.toString());
    this.size--;
    return this.#members(cursor, parent);
  }

  #isTaken(key: TextSpan, before: number): boolean {
    if (this.#nestedKeys.size > 0 && this.#nestedKeys.has(key.toString())) return true;
    if (before >= FEW_KEYS) return this.#isInSet(key, before);
    for (let i = 0; i < before; i++) {
      if (this.at(i).key.equals(key)) return true;
    }
    return false;
  }

  #isInSet(key: TextSpan, before: number): boolean {
    if (this.#keys.size !== before || before === FEW_KEYS) {
      this.#keys.clear();
      for (let i = 0; i < before; i++) this.#keys.add(this.at(i).key.toString());
    }
    const text = key.toString();
    const isTaken = this.#keys.has(text);
    this.#keys.add(text);
    return isTaken;
  }
}

function word(cursor: JsonCursor, scalar: Scalar, bytes: Uint8Array, type: ScalarType, number: number): boolean {
  scalar.type = type;
  scalar.number = number;
  return cursor.readWord(bytes);
}
