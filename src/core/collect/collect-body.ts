import { Failure, invalid } from '../failure.js';
import { isGiven, isObject, parseObject, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { parseTogether } from '../problems.js';
import { parseText } from '../text.js';
import { parseInstant } from '../time/instant.js';
import type { Entry } from './first-touch.js';

/** What of a body holds for all its events. */
export interface SenderContext {
  /** Properties of every event. */
  readonly properties: Readonly<Record<string, string>>;
  /** The page by which the session began; null: it is not said. */
  readonly entry: Entry | null;
  /** Whether an application sends, and no browser. */
  readonly isApplication: boolean;
  /** Whether the visitor has not agreed to be known again. */
  readonly isWithoutConsent: boolean;
}

/** A body of /v1/collect behind its key; its events are looked at one by one. */
export interface CollectBody {
  /** The sender's clock as it sent; null: it is right. */
  readonly sentAtMs: number | null;
  readonly context: SenderContext;
  readonly events: readonly unknown[];
}

const FIELDS = ['key', 'sent_at', 'context', 'events'];
const CONTEXT_FIELDS = ['library', 'screen', 'language', 'entry', 'application', 'os', 'consent'];

/** More than senders of any kind gather; each costs a verdict, also one of a byte. */
const MAX_EVENTS = 10_000;

/** @throws Failure invalid_field, unknown_field, invalid_time, limit_exceeded */
export function parseCollectBody(value: unknown): CollectBody {
  const body = parseObject(value, 'The body', FIELDS);
  return parseTogether({
    sentAtMs: () => (isGiven(body['sent_at']) ? parseInstant(body['sent_at'], 'UTC', '/sent_at') : null),
    context: () => parseContext(isGiven(body['context']) ? body['context'] : {}),
    events: () => parseEvents(body['events']),
  });
}

function parseEvents(value: unknown): readonly unknown[] {
  if (Array.isArray(value) && value.length > MAX_EVENTS) {
    const detail = `\`events\` is a list of at most ${MAX_EVENTS} events, not ${value.length}. Send several bodies.`;
    throw new Failure('limit_exceeded', detail, [{ pointer: '/events', detail }], {
      limit: 'events',
      value: MAX_EVENTS,
    });
  }
  if (Array.isArray(value) && value.length > 0) return value;
  throw invalid('invalid_field', '/events', `\`events\` is a list of at least one event, not ${quoted(value)}.`);
}

function parseContext(value: unknown): SenderContext {
  const context = fields(value, CONTEXT_FIELDS, '/context');
  const text = (field: string): string | null => optionalText(context, field, '/context');
  const { library, screen, language, os, application, entry, isWithoutConsent } = parseTogether({
    library: () => text('library'),
    screen: () => text('screen'),
    language: () => text('language'),
    os: () => text('os'),
    application: () => (isGiven(context['application']) ? parseApplication(context['application']) : null),
    entry: () => (isGiven(context['entry']) ? parseEntry(context['entry']) : null),
    isWithoutConsent: () => parseConsent(context['consent']) === false,
  });
  const properties = {
    ...(library !== null && { $library: library }),
    ...(screen !== null && { $screen: screen }),
    ...(language !== null && { $language: language }),
    ...(os !== null && { $os: os }),
    ...(application !== null && { $application: application.name }),
    ...(isGiven(application?.version) && { $version: application.version }),
  };
  return { properties, entry, isApplication: application !== null, isWithoutConsent };
}

function parseApplication(value: unknown): { readonly name: string; readonly version: string | null } {
  const pointer = '/context/application';
  const application = fields(value, ['name', 'version'], pointer);
  return parseTogether({
    name: () => parseText(application['name'], { min: 1, max: 200 }, `${pointer}/name`, 'The name of an application'),
    version: () => optionalText(application, 'version', pointer),
  });
}

/** Of any length: nothing of it is kept as it stands. */
function parseEntry(value: unknown): Entry {
  const pointer = '/context/entry';
  const entry = fields(value, ['url', 'referrer'], pointer);
  const url = (field: string): string | null => {
    const given = entry[field];
    if (!isGiven(given)) return null;
    if (typeof given === 'string') return given;
    throw invalid('invalid_field', `${pointer}/${field}`, `\`${field}\` is a URL, not ${quoted(given)}.`);
  };
  return parseTogether({ url: () => url('url'), referrer: () => url('referrer') });
}

function parseConsent(value: unknown): boolean | null {
  if (!isGiven(value)) return null;
  if (typeof value === 'boolean') return value;
  throw invalid('invalid_field', '/context/consent', `\`consent\` is true or false, not ${quoted(value)}.`);
}

function optionalText(object: JsonObject, field: string, pointer: string): string | null {
  const value = object[field];
  return isGiven(value) ? parseText(value, { min: 1, max: 200 }, `${pointer}/${field}`, `\`${field}\``) : null;
}

function fields(value: unknown, known: readonly string[], pointer: string): JsonObject {
  const name = `\`${pointer.slice(pointer.lastIndexOf('/') + 1)}\``;
  if (!isObject(value)) throw invalid('invalid_field', pointer, `${name} is an object, not ${quoted(value)}.`);
  refuseUnknownKeys(value, known, pointer, name);
  return value;
}
