import { InstantReader } from '../ingest/instant-reader.js';
import type { ItemFaults } from '../ingest/item-faults.js';
import { ITEM_LIMITS } from '../ingest/rejection.js';
import { TextSpan } from '../ingest/text-span.js';
import { isGiven, isObject, type JsonObject } from '../json-shape.js';
import { DAY_MS } from '../time/utc-day.js';

/** Events of before are not taken. */
export const OLDEST_MS = 7 * DAY_MS;
const FIELDS: ReadonlySet<string> = new Set([
  'event',
  'time',
  'id',
  'user',
  'visitor',
  'session',
  'tab',
  'properties',
  'traits',
  'registered_at',
]);
/** Events of accounts, and which of them may say when the user has registered. */
export const OF_ACCOUNTS: Readonly<Record<string, { readonly registers: boolean }>> = {
  $signup: { registers: true },
  $login: { registers: true },
  $update: { registers: false },
};

/** When a body came, when an event of it was by the clock of its sender, and by how much that is moved. */
export interface SendingTimes {
  readonly receivedMs: number;
  /** NaN: it has no time. */
  readonly rawMs: number;
  readonly shiftMs: number;
}

/** An event of a body, as far as it is looked at here; what is wrong with the rest, the reader of all events finds out. */
export interface SentEvent {
  readonly item: JsonObject;
  /** Empty where it has none. */
  readonly name: string;
  /** Moved by the sender's error; NaN where it has none. */
  readonly atMs: number;
  /** By how much it was moved, in ms. */
  readonly shiftMs: number;
  readonly user: string | null;
  readonly visitor: string | null;
  readonly session: string | null;
  readonly tab: string | null;
}

/** Reads times as they are written in events. */
export class SentTimes {
  readonly #instant = new InstantReader({ format: 'rfc3339', clock: null, dateClock: null });
  readonly #text = new TextSpan();

  /** UTC milliseconds; NaN: it is no time. */
  msOf(time: unknown): number {
    if (typeof time !== 'string') return NaN;
    const bytes = Buffer.from(time);
    this.#text.set(bytes, 0, bytes.length);
    this.#instant.read(this.#text);
    return this.#instant.ms;
  }
}

/** An event of a body. Null: it cannot be taken, and `faults` tells why. */
export function readSentEvent(value: unknown, times: SendingTimes, faults: ItemFaults): SentEvent | null {
  if (!isObject(value)) {
    faults.replaceBy('not_an_object');
    return null;
  }
  for (const name of Object.keys(value)) if (!FIELDS.has(name)) faults.add('unknown_field', [name]);
  const { event, user } = value;
  const sent: SentEvent = {
    item: value,
    name: typeof event === 'string' ? event : '',
    atMs: times.rawMs + times.shiftMs,
    shiftMs: times.shiftMs,
    user: typeof user === 'string' ? user : null,
    visitor: textOf(value, 'visitor', ITEM_LIMITS.userBytes, faults),
    session: textOf(value, 'session', ITEM_LIMITS.sessionBytes, faults),
    tab: textOf(value, 'tab', ITEM_LIMITS.sessionBytes, faults),
  };
  if (sent.atMs < times.receivedMs - OLDEST_MS) faults.add('time_out_of_range', ['time'], 'late');
  checkAccount(sent, faults);
  checkNumbers(value['properties'], faults);
  return faults.any ? null : sent;
}

/** Whether the event changes its user. */
export function isOfAccount(sent: SentEvent): sent is SentEvent & { readonly user: string } {
  const { item, name, user } = sent;
  return user !== null && (name === '$signup' || isGiven(item['traits']) || isGiven(item['registered_at']));
}

function textOf(item: JsonObject, field: string, maxBytes: number, faults: ItemFaults): string | null {
  const value = item[field];
  if (!isGiven(value)) return null;
  if (typeof value !== 'string') {
    faults.add('invalid_type', [field]);
    return null;
  }
  const length = Buffer.byteLength(value);
  if (length === 0 || length > maxBytes) faults.add('invalid_length', [field]);
  return value;
}

function checkAccount({ item, name, user }: SentEvent, faults: ItemFaults): void {
  const account = user === null || !Object.hasOwn(OF_ACCOUNTS, name) ? undefined : OF_ACCOUNTS[name];
  if (isGiven(item['traits']) && account === undefined) faults.add('unknown_field', ['traits'], 'of_accounts');
  if (isGiven(item['registered_at']) && account?.registers !== true)
    faults.add('unknown_field', ['registered_at'], 'of_sign_ups');
}

/** What a number of JSON became on its way through a double; the reader of all events would see the double's digits. */
function checkNumbers(properties: unknown, faults: ItemFaults): void {
  if (!isObject(properties)) return;
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) continue;
    if (!Number.isFinite(value)) addNumber(name, 'finite', faults);
    else if (Number.isInteger(value)) addNumber(name, 'exact', faults);
  }
}

function addNumber(name: string, lack: 'finite' | 'exact', faults: ItemFaults): void {
  const key = new TextSpan();
  const bytes = Buffer.from(name);
  key.set(bytes, 0, bytes.length);
  faults.add('number_out_of_range', ['properties', key], lack);
}
