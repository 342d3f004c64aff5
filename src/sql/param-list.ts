/** The engine's types of values, and what stands for them here. */
export interface ParamTypes {
  readonly String: string;
  readonly UInt16: number;
  readonly UInt32: number;
  readonly UInt64: number;
  readonly Int64: number;
  readonly Float64: number;
  readonly 'Array(String)': readonly string[];
  readonly 'Array(Int64)': readonly number[];
  readonly 'Array(Float64)': readonly number[];
}

const INTEGER_RANGES: Readonly<Record<string, readonly [number, number]>> = {
  UInt16: [0, 0xffff],
  UInt32: [0, 0xffff_ffff],
  UInt64: [0, Number.MAX_SAFE_INTEGER],
  Int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  'Array(Int64)': [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/**
 * The only way of a value into SQL: each `add` gives the next placeholder (`{p0:UInt32}`), to be written wherever the value is meant. Whoever builds the text
 * from its beginning to its end has them numbered in order of appearance.
 */
export class ParamList {
  readonly #values: unknown[] = [];

  /** @throws RangeError for a number that the type cannot hold exactly */
  add<T extends keyof ParamTypes>(type: T, value: ParamTypes[T]): string {
    for (const item of Array.isArray(value) ? value : [value]) refuseInexact(type, item);
    this.#values.push(value);
    return `{p${this.#values.length - 1}:${type}}`;
  }

  /** By name, as a `CompiledQuery` has them. */
  get values(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.#values.map((value, i) => [`p${i}`, value]));
  }
}

function refuseInexact(type: keyof ParamTypes, value: unknown): void {
  if (typeof value !== 'number') return;
  const range = INTEGER_RANGES[type];
  const fits = range ? Number.isSafeInteger(value) && value >= range[0] && value <= range[1] : Number.isFinite(value);
  if (!fits) throw new RangeError(`${value} is not a ${type}`);
}
