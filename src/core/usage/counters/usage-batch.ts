import { Failure, invalid, pointerTo } from '../../failure.js';
import { isGiven, isObject, listed, quoted, refuseUnknownKeys, type JsonObject } from '../../json-shape.js';
import { parseTogether, Problems } from '../../problems.js';
import { parseText } from '../../text.js';
import { parseInstant } from '../../time/instant.js';
import { cutAddress } from './cut-address.js';
import type { SeenId } from './seen-id.js';

/** Where an item stands in the body, and when it was; null: now. */
interface Item {
  readonly pointer: string;
  readonly atMs: number | null;
}

export interface UsageCount extends Item {
  readonly event: string;
  readonly category: string;
  readonly count: number;
}

export interface UsageSeen extends Item, SeenId {}

export interface UsageMark extends Item {
  readonly event: string;
  readonly category: string;
}

/** What a client has counted, as it sent it. */
export interface UsageBatch {
  readonly batch: string;
  /** When the first of it was counted; null: it was not told. */
  readonly fromMs: number | null;
  /** Without those of 0. */
  readonly counts: readonly UsageCount[];
  readonly seen: readonly UsageSeen[];
  readonly marks: readonly UsageMark[];
}

/** Items of each list of a batch. */
export const MAX_ITEMS = 5_000;
/** Of the largest batch: four of each count, and three of each id and mark; and those of the batch. */
export const MAX_KEYS = 10 * MAX_ITEMS + 10;
export const MAX_COUNT = 1_000_000_000_000;
/** In a key of PostgreSQL all of them together are at most 2,700 bytes. */
export const EVENT_CHARACTERS = 400;
export const CATEGORY_CHARACTERS = 60;
export const ID_CHARACTERS = 256;
export const BATCH_CHARACTERS = 128;

/** Categories that a roll-up makes. */
export const SEEN = 'seen';
export const TOTAL = 'total';
export const DAILY = 'daily';
const RESERVED: readonly unknown[] = [SEEN, TOTAL, DAILY];

const SEEN_FIELDS: readonly string[] = ['category', 'id', 'ip', 'at'];
const CATEGORY_RULE = `\`category\` is a text of 1 to ${CATEGORY_CHARACTERS} characters, and none of ${listed([SEEN, TOTAL, DAILY])}, which roll-ups make.`;
const AT_RULE = '`at` is an RFC 3339 instant to the millisecond, or a date, from 1970 to 2262.';

/** What stands for an event without a name. */
const UNNAMED = '#';

/**
 * A batch of a body. Dates are first instants of days in the time zone.
 * @throws Failure invalid_field, invalid_time, unknown_field, limit_exceeded
 */
export function parseUsageBatch(body: unknown, timeZone: string): UsageBatch {
  if (!isObject(body))
    throw invalid('invalid_field', '', `The body is {"batch": ..., "counts": [...]}, not ${quoted(body)}.`);
  refuseUnknownKeys(body, ['batch', 'from', 'counts', 'seen', 'marks'], '', 'A batch');
  const parsed = parseTogether({
    batch: () => parseText(body['batch'], { min: 1, max: BATCH_CHARACTERS }, '/batch', '`batch`'),
    fromMs: () => parseAt(body['from'], timeZone, '/from'),
    counts: () => items(body, 'counts', (item, pointer) => parseCount(item, timeZone, pointer)),
    seen: () => items(body, 'seen', (item, pointer) => parseSeen(item, timeZone, pointer)),
    marks: () => items(body, 'marks', (item, pointer) => parseMark(item, timeZone, pointer)),
  });
  return { ...parsed, counts: parsed.counts.filter(({ count }) => count > 0) };
}

function items<T>(body: JsonObject, name: string, parse: (item: JsonObject, pointer: string) => T): T[] {
  const list = body[name];
  const pointer = `/${name}`;
  if (!isGiven(list)) return [];
  const not = (value: unknown): string => (name === 'seen' ? '' : `, not ${quoted(value)}`);
  if (!Array.isArray(list)) throw invalid('invalid_field', pointer, `\`${name}\` is a list${not(list)}.`);
  if (list.length > MAX_ITEMS) {
    const detail = `\`${name}\` of a batch has at most ${MAX_ITEMS} items; this one has ${list.length}. Send more batches.`;
    throw new Failure('limit_exceeded', detail, [{ pointer, detail }], { limit: 'usage_items', value: MAX_ITEMS });
  }
  const problems = new Problems();
  const parsed = problems.takeEach(list, (item: unknown, i) => {
    const own = pointerTo(pointer, i);
    if (!isObject(item)) throw invalid('invalid_field', own, `An item of \`${name}\` is an object${not(item)}.`);
    return parse(item, own);
  });
  problems.throwIfAny();
  return parsed;
}

function parseCount(item: JsonObject, timeZone: string, pointer: string): UsageCount {
  refuseUnknownKeys(item, ['event', 'category', 'count', 'at'], pointer, 'A count');
  const { event, category, atMs } = parseNamed(item, timeZone, pointer);
  const own = `${pointer}/count`;
  const count = item['count'];
  if (Number.isInteger(count) && Number(count) >= 0 && Number(count) <= MAX_COUNT)
    return { pointer, event, category, atMs, count: Number(count) };
  throw invalid('invalid_field', own, `\`count\` is a whole number from 0 to ${MAX_COUNT}, not ${quoted(count)}.`);
}

function parseMark(item: JsonObject, timeZone: string, pointer: string): UsageMark {
  refuseUnknownKeys(item, ['event', 'category', 'at'], pointer, 'A mark');
  return { pointer, ...parseNamed(item, timeZone, pointer) };
}

function parseNamed(item: JsonObject, timeZone: string, pointer: string): Omit<UsageMark, 'pointer'> {
  const limits = { min: 0, max: EVENT_CHARACTERS };
  return parseTogether({
    event: () => parseText(item['event'], limits, `${pointer}/event`, '`event`') || UNNAMED,
    category: () => parseCategory(item['category'], `${pointer}/category`),
    atMs: () => parseAt(item['at'], timeZone, `${pointer}/at`),
  });
}

function parseSeen(item: JsonObject, timeZone: string, pointer: string): UsageSeen {
  if (Object.keys(item).some((key) => !SEEN_FIELDS.includes(key)))
    throw invalid('unknown_field', pointer, `What was seen has ${listed(SEEN_FIELDS)} and no other field.`);
  return {
    pointer,
    ...parseTogether({
      category: () => untold(CATEGORY_RULE, () => parseCategory(item['category'], `${pointer}/category`)),
      ...idOf(item, pointer),
      atMs: () => untold(AT_RULE, () => parseAt(item['at'], timeZone, `${pointer}/at`)),
    }),
  };
}

/**
 * What `parse` returns; a value that it refuses is not repeated, as a mistaken client may send an id in any field.
 * @throws Failure of the same code and pointers, with `rule` as its message
 */
function untold<T>(rule: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const errors = error.errors.map(({ pointer }) => ({ pointer, detail: rule }));
    throw new Failure(error.code, rule, errors);
  }
}

/** Messages do not repeat an id: they may be written to a log. */
function idOf(item: JsonObject, pointer: string): { kind: () => 'id' | 'ip'; id: () => string } {
  const { id, ip } = item;
  const isAddress = isGiven(ip);
  return {
    kind: () => {
      if (isGiven(id) !== isAddress) return isAddress ? 'ip' : 'id';
      throw invalid('invalid_field', pointer, 'What was seen has either an `id` or an `ip`.');
    },
    id: () => (isAddress ? parseAddress(ip, `${pointer}/ip`) : parseId(id, `${pointer}/id`)),
  };
}

function parseId(value: unknown, pointer: string): string {
  const fits = typeof value === 'string' && value.length > 0 && value.length <= ID_CHARACTERS && value.isWellFormed();
  if (fits || value === undefined) return value ?? '';
  throw invalid('invalid_field', pointer, `\`id\` is a text of 1 to ${ID_CHARACTERS} characters.`);
}

function parseAddress(value: unknown, pointer: string): string {
  const network = typeof value === 'string' ? cutAddress(value) : null;
  if (network !== null) return network;
  throw invalid(
    'invalid_field',
    pointer,
    '`ip` is an IPv4 or IPv6 address, such as "203.0.113.7"; this one cannot be read.',
  );
}

function parseCategory(value: unknown, pointer: string): string {
  const category = parseText(value, { min: 1, max: CATEGORY_CHARACTERS }, pointer, '`category`');
  if (!RESERVED.includes(category)) return category;
  const names = listed([SEEN, TOTAL, DAILY]);
  throw invalid('invalid_field', pointer, `${names} are categories that roll-ups make; take another one.`);
}

function parseAt(value: unknown, timeZone: string, pointer: string): number | null {
  return isGiven(value) ? parseInstant(value, timeZone, pointer) : null;
}
