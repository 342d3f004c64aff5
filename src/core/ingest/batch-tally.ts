import type { ScalarMap, ScalarType } from './scalar-map.js';
import type { TextSpan } from './text-span.js';

/** As answers and schemas call the types of values. */
export type ValueName = 'text' | 'number' | 'boolean';

/**
 * What a batch says of one event (`key` null), of a property of an event, or of a trait (`event` null): how often, in
 * which span of UTC milliseconds (null: traits have no time), and a few short values.
 */
export type TallyEntry = readonly [
  event: string | null,
  key: string | null,
  type: ValueName | null,
  count: number,
  firstMs: number | null,
  lastMs: number | null,
  examples: readonly (string | number | boolean)[],
];

/** `isWhole`: nothing was left out. */
export interface Tally {
  readonly entries: readonly TallyEntry[];
  readonly isWhole: boolean;
}

/** Different things that are reported of one batch. */
export const MAX_ENTRIES = 5_000;
export const MAX_EXAMPLES = 3;
export const EXAMPLE_CHARACTERS = 40;

/** Different sets of names that are kept apart before they are added up. */
const MAX_SHAPES = 2_000;
/** Shapes that are found again without a hash; a power of two. */
const PLACES = 256;
const NAMES: Readonly<Record<Exclude<ScalarType, 'null'>, ValueName>> = {
  text: 'text',
  number: 'number',
  flag: 'boolean',
};
const NONE = Buffer.alloc(0);
const { imul } = Math;

/** Items with one name and the same properties of the same types, in one order: most of a batch are of a few. */
interface Shape {
  readonly event: Buffer | null;
  readonly keys: readonly Buffer[];
  readonly types: readonly ScalarType[];
  /** By key. */
  readonly examples: Set<string | number | boolean>[];
  count: number;
  firstMs: number;
  lastMs: number;
}

interface Sum {
  readonly event: string | null;
  readonly key: string | null;
  readonly type: ValueName | null;
  count: number;
  firstMs: number;
  lastMs: number;
  readonly examples: Set<string | number | boolean>;
}

/**
 * Counts what the items of a batch are made of. Costs a comparison of the names' bytes for each item, and a hash where
 * another shape came between: no text is made but of the first items of a shape.
 */
export class BatchTally {
  readonly #shapes = new Map<number, Shape[]>();
  /** The shape that was seen last at each place. */
  readonly #recent: (Shape | undefined)[] = [];
  readonly #sums = new Map<string, Sum>();
  #count = 0;
  #isWhole = true;

  clear(): void {
    this.#forgetShapes();
    this.#sums.clear();
    this.#isWhole = true;
  }

  #forgetShapes(): void {
    this.#shapes.clear();
    this.#recent.length = 0;
    this.#count = 0;
  }

  /** `event`: null for the upsert of a user, whose `timeMs` is not told. */
  note(event: TextSpan | null, values: ScalarMap, timeMs: number): void {
    if (!this.#isWhole) return;
    const place = placeOf(event, values);
    const recent = this.#recent[place];
    const shape = recent !== undefined && isOf(recent, event, values) ? recent : this.#find(event, values);
    this.#recent[place] = shape;
    shape.count++;
    if (timeMs < shape.firstMs) shape.firstMs = timeMs;
    if (timeMs > shape.lastMs) shape.lastMs = timeMs;
    if (shape.count <= MAX_EXAMPLES) noteExamples(shape, values);
  }

  tally(): Tally {
    this.#addUp();
    const entries = [...this.#sums.values()].map(
      ({ event, key, type, count, firstMs, lastMs, examples }): TallyEntry => {
        const span: [number | null, number | null] = event === null ? [null, null] : [firstMs, lastMs];
        return [event, key, type, count, ...span, [...examples]];
      },
    );
    return { entries, isWhole: this.#isWhole };
  }

  #find(event: TextSpan | null, values: ScalarMap): Shape {
    const hash = hashOf(event, values);
    return this.#shapes.get(hash)?.find((one) => isOf(one, event, values)) ?? this.#begin(hash, event, values);
  }

  #begin(hash: number, event: TextSpan | null, values: ScalarMap): Shape {
    if (this.#count === MAX_SHAPES) this.#addUp();
    const scalars = Array.from({ length: values.size }, (_, i) => values.at(i));
    const shape: Shape = {
      event: event && bytesOf(event),
      keys: scalars.map(({ key }) => bytesOf(key)),
      types: scalars.map(({ type }) => type),
      examples: scalars.map(() => new Set()),
      count: 0,
      firstMs: Infinity,
      lastMs: -Infinity,
    };
    const alike = this.#shapes.get(hash);
    if (alike === undefined) this.#shapes.set(hash, [shape]);
    else alike.push(shape);
    this.#count++;
    return shape;
  }

  #addUp(): void {
    for (const shape of [...this.#shapes.values()].flat()) {
      const event = shape.event && shape.event.toString();
      if (event !== null) this.#add(shape, { event, key: null, type: null }, new Set());
      shape.keys.forEach((key, i) => {
        const type = shape.types[i] ?? 'null';
        if (type !== 'null')
          this.#add(shape, { event, key: key.toString(), type: NAMES[type] }, shape.examples[i] ?? new Set());
      });
    }
    this.#forgetShapes();
  }

  #add({ count, firstMs, lastMs }: Shape, of: Pick<Sum, 'event' | 'key' | 'type'>, examples: Sum['examples']): void {
    const name = JSON.stringify([of.event, of.key, of.type]);
    const sum = this.#sums.get(name);
    if (sum === undefined) {
      if (this.#sums.size < MAX_ENTRIES) this.#sums.set(name, { ...of, count, firstMs, lastMs, examples });
      else this.#isWhole = false;
      return;
    }
    sum.count += count;
    sum.firstMs = Math.min(sum.firstMs, firstMs);
    sum.lastMs = Math.max(sum.lastMs, lastMs);
    for (const example of examples) if (sum.examples.size < MAX_EXAMPLES) sum.examples.add(example);
  }
}

/**
 * A number below `PLACES`, of the lengths and the last bytes of the names: much cheaper than a hash, and the same for
 * what is the same.
 */
function placeOf(event: TextSpan | null, values: ScalarMap): number {
  let place = event === null ? 0 : imul(event.length, 31) + (event.bytes[event.end - 1] ?? 0);
  for (let i = 0; i < values.size; i++) {
    const { key } = values.at(i);
    place = (imul(place, 31) + imul(key.length, 7) + (key.bytes[key.end - 1] ?? 0)) | 0;
  }
  return place & (PLACES - 1);
}

/** FNV-1a over the names and types. */
function hashOf(event: TextSpan | null, values: ScalarMap): number {
  let hash = event === null ? 0x811c9dc5 : mixed(0x811c9dc5, event);
  for (let i = 0; i < values.size; i++) {
    const { key, type } = values.at(i);
    hash = imul(mixed(hash, key) ^ type.charCodeAt(0), 0x01000193);
  }
  return hash;
}

function mixed(start: number, { bytes, start: from, end }: TextSpan): number {
  let hash = start;
  for (let at = from; at < end; at++) hash = imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash;
}

function isOf(shape: Shape, event: TextSpan | null, values: ScalarMap): boolean {
  if (shape.keys.length !== values.size || (event === null) !== (shape.event === null)) return false;
  if (event !== null && !event.isBytes(shape.event ?? NONE)) return false;
  for (let i = 0; i < values.size; i++) {
    const { key, type } = values.at(i);
    if (type !== shape.types[i] || !key.isBytes(shape.keys[i] ?? NONE)) return false;
  }
  return true;
}

function noteExamples(shape: Shape, values: ScalarMap): void {
  for (let i = 0; i < values.size; i++) {
    const { type, text, number } = values.at(i);
    if (type === 'text') shape.examples[i]?.add(shortened(text.toString()));
    else if (type === 'number') shape.examples[i]?.add(number);
    else if (type === 'flag') shape.examples[i]?.add(number === 1);
  }
}

/** What is cut ends with an ellipsis. */
export function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= EXAMPLE_CHARACTERS ? text : `${characters.slice(0, EXAMPLE_CHARACTERS).join('')}…`;
}

function bytesOf({ bytes, start, end }: TextSpan): Buffer {
  return Buffer.from(bytes.subarray(start, end));
}
