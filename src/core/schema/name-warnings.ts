import { nearest } from '../nearest.js';
import type { CanonicalRequest } from '../request/canonical-request.js';
import type { Warning, WarningCode } from '../warning-codes.js';
import { requestedNames, type RequestedKey } from './requested-names.js';
import type { PropertySchema, SchemaEntry } from './property-schema.js';

const CODES: ReadonlySet<WarningCode> = new Set([
  'unknown_event',
  'unknown_property',
  'unknown_trait',
  'never_of_this_type',
]);

/** Whether a warning is one of those by the schema. */
export function isNameWarning(code: WarningCode): boolean {
  return CODES.has(code);
}

/**
 * What a request asks for and has not come in, up to the data version of the schema: no error, as it may come later.
 * Each name once. Where the schema has left something out, nobody can tell.
 */
export function nameWarnings(canonical: CanonicalRequest, { isWhole, entries }: PropertySchema): readonly Warning[] {
  if (!isWhole) return [];
  const { events, keys } = requestedNames(canonical);
  const all = [...entries.values()];
  const known = new Set(all.flatMap(({ event }) => (event === null ? [] : [event])));
  const warnings = events.filter((name) => !known.has(name)).map((name) => unknownEvent(name, [...known]));
  // An unknown event is reported alone, without its properties.
  const askable = keys.filter((key) => key.events === null || key.events.some((name) => known.has(name)));
  return distinct([...warnings, ...askable.flatMap((key) => ofKey(key, all))]);
}

function ofKey(key: RequestedKey, all: readonly SchemaEntry[]): Warning[] {
  const candidates = all.filter((entry) => entry.key !== null && isOfSubject(entry, key));
  const same = candidates.filter((entry) => entry.key === key.name);
  if (same.length === 0) return [unknownKey(key, [...new Set(candidates.map((entry) => entry.key ?? ''))])];
  const { types } = key;
  if (types === null || same.some(({ type }) => type !== null && types.includes(type))) return [];
  const had = [...new Set(same.map(({ type }) => type))].join(' and ');
  const what = key.subject === 'trait' ? 'trait' : 'property';
  const detail = `The ${what} ${JSON.stringify(key.name)} has never been a ${types.join(' or ')}: what has come in is ${had}.`;
  return [{ code: 'never_of_this_type', detail, property: key.name }];
}

function isOfSubject({ event }: SchemaEntry, { subject, events }: RequestedKey): boolean {
  if (subject === 'trait') return event === null;
  return event !== null && (events === null || events.includes(event));
}

function unknownEvent(name: string, known: readonly string[]): Warning {
  const near = nearest(name, known);
  const detail = `No event ${JSON.stringify(name)} has come in.${didYouMean(near)}`;
  return { code: 'unknown_event', detail, ...(near !== undefined && { nearest: near }) };
}

function unknownKey({ subject, events, name }: RequestedKey, known: readonly string[]): Warning {
  const near = nearest(name, known);
  const meant = near === undefined ? {} : { nearest: near };
  if (subject === 'trait') {
    return {
      code: 'unknown_trait',
      detail: `No user has been given a trait ${JSON.stringify(name)}.${didYouMean(near)}`,
      ...meant,
    };
  }
  const of = events === null ? 'No event' : `No event ${events.map((event) => JSON.stringify(event)).join(' or ')}`;
  const detail = `${of} has come in with a property ${JSON.stringify(name)}.${didYouMean(near)}`;
  return { code: 'unknown_property', detail, property: name, ...meant };
}

function didYouMean(near: string | undefined): string {
  return near === undefined ? '' : ` Did you mean ${JSON.stringify(near)}?`;
}

function distinct(warnings: readonly Warning[]): Warning[] {
  return [...new Map(warnings.map((warning) => [warning.detail, warning])).values()];
}
