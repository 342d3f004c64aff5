import { ITEM_LIMITS } from '../../src/core/ingest/rejection.js';

export type Scalar = string | number | boolean;

/** An event as a naive reader understands it. */
export interface NaiveEvent {
  readonly id: string | null;
  readonly user: string;
  readonly event: string;
  readonly timeMs: number;
  /** Digits below the millisecond, without zeros at the end. */
  readonly finer: string;
  readonly properties: Readonly<Record<string, Scalar>>;
}

/** An event, or what is wrong with it: `code pointer`, sorted; of an item with a name twice only that it is wrong. */
export type NaiveVerdict = { readonly event: NaiveEvent } | { readonly faults: readonly string[] | 'double names' };

const TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)$/;
/** Texts and numbers of a JSON text. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;
/** Before a number that is carried as a text, so that its digits stay. */
const NUMBER_MARK = '\u0001number ';

/**
 * What docs/semantics.md#events-and-users says of one item, spelled out over `JSON.parse`, with no thought of speed.
 * Double names are found by counting, since `JSON.parse` loses them.
 */
export function naiveVerdict(text: string, latestMs: number): NaiveVerdict {
  const parsed = parse(text);
  if (parsed === undefined) return { faults: ['malformed_json '] };
  if (!isObject(parsed)) return { faults: ['not_an_object '] };
  if (hasDoubleNames(text)) return { faults: 'double names' };
  const item = parse(withMarkedNumbers(text)) as Record<string, unknown>;
  const { id = null, user, event, time, properties = null, ...unknown } = item;
  const faults = unknownFaults(unknown);
  const check = (field: string, value: unknown, isFine: (text: string) => string | null): void => {
    const problem = value === undefined ? 'missing_field' : (textProblem(value) ?? isFine(value as string));
    if (problem !== null) faults.push(`${problem} /${field}`);
  };
  const instant = typeof time === 'string' ? naiveInstant(time) : null;
  check('user', user, (value) => (hasBytes(value, ITEM_LIMITS.userBytes) ? null : 'invalid_length'));
  check('event', event, (value) => (hasCharacters(value, ITEM_LIMITS.nameCharacters) ? null : 'invalid_length'));
  if (id !== null) check('id', id, (value) => (hasBytes(value, ITEM_LIMITS.idBytes) ? null : 'invalid_length'));
  check('time', time, () => {
    if (instant === null) return 'invalid_time';
    return instant.ms < 0 || instant.ms > latestMs ? 'time_out_of_range' : null;
  });
  const scalars = properties === null ? {} : naiveScalars(properties, faults);
  if (faults.length > 0 || instant === null) return { faults: faults.toSorted() };
  const { ms: timeMs, finer } = instant;
  return {
    event: {
      id: id as string | null,
      user: user as string,
      event: event as string,
      timeMs,
      finer,
      properties: scalars,
    },
  };
}

/** The event; null: to be rejected. */
export function naiveEvent(text: string, latestMs: number): NaiveEvent | null {
  const verdict = naiveVerdict(text, latestMs);
  return 'event' in verdict ? verdict.event : null;
}

/** UTC milliseconds and the digits below them; null where the text is no time with an offset of an existing day. */
export function naiveInstant(text: string): { ms: number; finer: string } | null {
  const match = TIME.exec(text);
  if (!match) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match.slice(1, 6).map(Number);
  const second = Number(match[6] ?? 0);
  const fraction = (match[7] ?? '').padEnd(3, '0');
  const offsetHours = Number(match[9] ?? 0);
  const offsetMinutes = Number(match[10] ?? 0);
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  date.setUTCHours(hour, minute, second, Number(fraction.slice(0, 3)));
  const offsetMs = (offsetHours * 60 + offsetMinutes) * 60_000;
  const ms = date.getTime() - (match[8] === '-' ? -offsetMs : offsetMs);
  return { ms, finer: fraction.slice(3).replace(/0+$/, '') };
}

function unknownFaults(unknown: object): string[] {
  return Object.keys(unknown).map((key) => {
    const problem = spoiltText(key);
    return problem === null ? `unknown_field /${pointerToken(key)}` : `${problem} `;
  });
}

function naiveScalars(value: unknown, faults: string[]): Record<string, Scalar> {
  if (!isObject(value)) {
    faults.push('invalid_type /properties');
    return {};
  }
  const scalars: [string, Scalar][] = [];
  for (const [key, scalar] of Object.entries(value)) {
    const where = `/properties/${pointerToken(key)}`;
    const spoilt = spoiltText(key);
    const problem = hasCharacters(key, ITEM_LIMITS.keyCharacters) ? scalarProblem(scalar) : 'invalid_length';
    if (spoilt !== null) faults.push(`${spoilt} /properties`);
    else if (problem !== null) faults.push(`${problem} ${where}`);
    else if (scalar !== null) scalars.push([key, unmarked(scalar as Scalar)]);
  }
  return Object.fromEntries(scalars);
}

function scalarProblem(scalar: unknown): string | null {
  if (typeof scalar === 'object' && scalar !== null) return 'invalid_type';
  if (typeof scalar !== 'string') return null;
  if (scalar.startsWith(NUMBER_MARK)) return isHeld(scalar.slice(NUMBER_MARK.length)) ? null : 'number_out_of_range';
  return spoiltText(scalar) ?? (Buffer.byteLength(scalar) <= ITEM_LIMITS.textBytes ? null : 'invalid_length');
}

/** Whether a double is near enough: finite, and equal to an integer that is written as one. */
function isHeld(literal: string): boolean {
  const number = Number(literal);
  if (!Number.isFinite(number)) return false;
  const digits = /^(-?\d+)(\.0+)?$/.exec(literal)?.[1];
  return digits === undefined || BigInt(digits) === BigInt(number);
}

function unmarked(scalar: Scalar): Scalar {
  if (typeof scalar !== 'string' || !scalar.startsWith(NUMBER_MARK)) return scalar;
  return Number(scalar.slice(NUMBER_MARK.length)) + 0;
}

function withMarkedNumbers(text: string): string {
  return text.replaceAll(TOKENS, (token) => (token.startsWith('"') ? token : JSON.stringify(NUMBER_MARK + token)));
}

function textProblem(value: unknown): string | null {
  if (typeof value !== 'string' || value.startsWith(NUMBER_MARK)) return 'invalid_type';
  return spoiltText(value);
}

function spoiltText(text: string): string | null {
  if (text.includes('\0')) return 'nul_character';
  return text.isWellFormed() ? null : 'lone_surrogate';
}

function pointerToken(key: string): string {
  return Array.from(key).slice(0, 200).join('').replaceAll('~', '~0').replaceAll('/', '~1');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasBytes(text: string, max: number): boolean {
  return text !== '' && Buffer.byteLength(text) <= max;
}

function hasCharacters(text: string, max: number): boolean {
  return text !== '' && Array.from(text).length <= max;
}

/** Names written in the text against names that are left after parsing, all levels together. */
function hasDoubleNames(text: string): boolean {
  let left = 0;
  JSON.parse(text, (_key, value: unknown) => {
    if (isObject(value)) left += Object.keys(value).length;
    return value;
  });
  const written = text.replaceAll(/"(?:[^"\\]|\\.)*"(\s*:)?/gs, (_whole, colon: string | undefined) =>
    colon ? ':' : '',
  );
  return written.split(':').length - 1 !== left;
}
