import { ITEM_LIMITS } from '../../src/core/ingest/rejection.js';

export type Scalar = string | number | boolean;

/** An event as a naive reader understands it. */
export interface NaiveEvent {
  readonly id: string | null;
  readonly user: string;
  readonly event: string;
  readonly timeMs: number;
  readonly properties: Readonly<Record<string, Scalar>>;
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * What SEMANTICS (*Events and users*) says of one item, spelled out over `JSON.parse`, with no thought of speed. Null: to be rejected.
 * Double names are found by counting, since `JSON.parse` loses them.
 */
export function naiveEvent(text: string, latestMs: number): NaiveEvent | null {
  const item = parsed(text);
  if (!isObject(item) || hasDoubleNames(text)) return null;
  const { id = null, user, event, time, properties = null, ...unknown } = item;
  if (Object.keys(unknown).length > 0) return null;
  if (!isText(user) || !hasBytes(user, ITEM_LIMITS.userBytes)) return null;
  if (!isText(event) || !hasCharacters(event, ITEM_LIMITS.nameCharacters)) return null;
  if (id !== null && (!isText(id) || !hasBytes(id, ITEM_LIMITS.idBytes))) return null;
  const timeMs = isText(time) ? naiveInstant(time) : null;
  if (timeMs === null || timeMs < 0 || timeMs > latestMs) return null;
  const scalars = properties === null ? {} : naiveScalars(properties);
  return scalars && { id, user, event, timeMs, properties: scalars };
}

/** UTC milliseconds, null where the text is no RFC 3339 time of an existing day. */
export function naiveInstant(text: string): number | null {
  const match = TIME.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const fraction = (match[7] ?? '').padEnd(3, '0').slice(0, 3);
  const offsetHours = Number(match[9] ?? 0);
  const offsetMinutes = Number(match[10] ?? 0);
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  date.setUTCHours(hour, minute, second, Number(fraction));
  const offsetMs = (offsetHours * 60 + offsetMinutes) * 60_000;
  return date.getTime() - (match[8] === '-' ? -offsetMs : offsetMs);
}

function naiveScalars(value: unknown): Record<string, Scalar> | null {
  if (!isObject(value) || Object.keys(value).length > ITEM_LIMITS.keys) return null;
  const scalars: [string, Scalar][] = [];
  for (const [key, scalar] of Object.entries(value)) {
    if (!isText(key) || !hasCharacters(key, ITEM_LIMITS.keyCharacters)) return null;
    if (scalar === null) continue;
    const isFine =
      typeof scalar === 'boolean' ||
      (typeof scalar === 'number' && Number.isFinite(scalar)) ||
      (isText(scalar) && Buffer.byteLength(scalar) <= ITEM_LIMITS.textBytes);
    if (!isFine) return null;
    scalars.push([key, scalar === 0 ? 0 : (scalar as Scalar)]);
  }
  return Object.fromEntries(scalars);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without NUL and lone surrogates. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0') && value.isWellFormed();
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
