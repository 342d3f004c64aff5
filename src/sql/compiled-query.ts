/** ClickHouse SQL with typed placeholders (`{p0:UInt32}`) and their values, numbered in order of appearance. */
export interface CompiledQuery {
  readonly sql: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The engine's types of parameters, and the types of their values here. */
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
 * The only way of a value into SQL: each `add` gives the next placeholder (`{p0:UInt32}`), to be written wherever the
 * value is meant. Whoever builds the text from its beginning to its end has them numbered in order of appearance.
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

/** What the engine's DateTime64(3) can hold: 1900-01-01 up to and including 2299-12-31T23:59:59.999Z. */
export const EARLIEST_MS = -2_208_988_800_000;
export const LATEST_MS = 10_413_791_999_999;

/**
 * An instant or a length of time in milliseconds, as Int64; what lies beyond 2^53 is cut off there, 285,000 years from
 * everything.
 */
export function int64Ms(ms: number, params: ParamList): string {
  return params.add('Int64', clamp(ms, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
}

/**
 * An instant to compare with a DateTime64(3) column, cut off at what such a column can hold, for the sake of the
 * engine's indexes.
 */
export function dateTime(ms: number, params: ParamList): string {
  return `fromUnixTimestamp64Milli(${params.add('Int64', clamp(ms, EARLIEST_MS, LATEST_MS))}, 'UTC')`;
}

function clamp(ms: number, lowest: number, highest: number): number {
  return Math.min(Math.max(ms, lowest), highest);
}

/**
 * Above this the engine gathers users on disk instead of in memory: a query over more events than fit becomes slower,
 * about twice, and does not fail. Well below the default memory limit of a query, of which the rest is for reading and
 * writing.
 */
const SPILL_BYTES = 400_000_000;

/**
 * Lookups of properties per event up to which the usual block of 65,000 events takes less than a second of one core. No
 * metric needs more by itself.
 */
const FEW_LOOKS = 30;
/** About 0.1 s of one core: a look takes a microsecond. */
const LOOKS_IN_A_BLOCK = 100_000;
/** Below, the blocks themselves begin to cost. */
const SMALLEST_BLOCK = 1024;

/** Rows that the users of one block become when they are spread over their cells: 100 to 200 MB on each thread. */
const ROWS_OF_A_BLOCK = 2_000_000;
/** A block that is spread becomes large again, so it may begin smaller. */
const SMALLEST_SPREAD_BLOCK = 256;
/** ClickHouse's own, in rows. */
const USUAL_BLOCK = 65_409;

/**
 * From so many users on they are gathered in portions. ClickHouse: else they leave the gathering in one block or two,
 * and what follows has one core.
 */
const MANY_USERS = 10_000;

/**
 * ClickHouse: to look for constants that chains of comparisons imply takes a third of the analysis of a statement with
 * many columns, and finds none here.
 */
const SHORT_ANALYSIS = 'optimize_and_compare_chain = 0';

/** ClickHouse: FINAL of events needs no merge across partitions, as a partition follows from the identity. */
export const FINAL_APART = 'do_not_merge_across_partitions_select_final = 1';

/**
 * The settings of a statement that gathers users from events. ClickHouse: a query that is cancelled, or past its time,
 * goes on to the end of its block; and all users of a block are spread over their cells at once. `rowsOfUser`: over how
 * many.
 */
export function scanSettings(statement: string, rowsOfUser = 1): string {
  const block = Math.min(blockOf(statement.match(/\bmapContains\(/g)?.length ?? 0), spreadBlock(rowsOfUser));
  const settings = [
    FINAL_APART,
    SHORT_ANALYSIS,
    `group_by_two_level_threshold = ${MANY_USERS}`,
    `max_bytes_before_external_group_by = ${SPILL_BYTES}`,
    ...(block < USUAL_BLOCK ? [`max_block_size = ${block}`] : []),
  ];
  return `SETTINGS ${settings.join(', ')}`;
}

/**
 * The settings of a statement that aggregates what a run has stored: exact quantiles keep every value of every cell
 * until the end.
 */
export function aggregateSettings(): string {
  return `SETTINGS ${SHORT_ANALYSIS}, max_bytes_before_external_group_by = ${SPILL_BYTES}`;
}

function blockOf(looks: number): number {
  if (looks <= FEW_LOOKS) return USUAL_BLOCK;
  return Math.max(SMALLEST_BLOCK, Math.floor(LOOKS_IN_A_BLOCK / looks));
}

function spreadBlock(rowsOfUser: number): number {
  return Math.max(SMALLEST_SPREAD_BLOCK, Math.floor(ROWS_OF_A_BLOCK / rowsOfUser));
}
