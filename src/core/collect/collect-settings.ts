import { Failure, invalid, pointerTo } from '../failure.js';
import { isGiven, listed, parseObject, quoted } from '../json-shape.js';
import { parseTogether, Problems } from '../problems.js';
import { parseText } from '../text.js';
import type { UrlRules } from './clean-url.js';

/** What a property collects, in canonical form: parsed again it gives itself. */
export interface CollectSettings {
  /** `persistent`: ids of the sender; `daily`: ids that the server makes for a day. */
  readonly visitor_ids: 'persistent' | 'daily';
  readonly bots: 'drop' | 'mark';
  /** What becomes of hits whose browser says `Sec-GPC: 1` or `DNT: 1`. */
  readonly gpc: 'drop' | 'anonymous';
  /** Names of query parameters that are kept in URLs, sorted. */
  readonly query_parameters: readonly string[];
  readonly hash_routes: boolean;
  /** Names of properties that are never stored, sorted. */
  readonly denied_properties: readonly string[];
  /** Whether events change the traits and the registration of users. */
  readonly traits: 'take' | 'ignore';
  /** Names of the traits that events may set, sorted; null: any. */
  readonly allowed_traits: readonly string[] | null;
}

/** Of a property that was given none. */
export const DEFAULT_COLLECTING: CollectSettings = {
  visitor_ids: 'persistent',
  bots: 'drop',
  gpc: 'drop',
  query_parameters: [],
  hash_routes: false,
  denied_properties: [],
  traits: 'take',
  allowed_traits: null,
};

export const COLLECT_CHOICES = {
  visitor_ids: ['persistent', 'daily'],
  bots: ['drop', 'mark'],
  gpc: ['drop', 'anonymous'],
  traits: ['take', 'ignore'],
} as const satisfies Partial<Record<keyof CollectSettings, readonly string[]>>;

export const MAX_NAMES = 200;

/** Settings as they are looked up event by event. */
export interface CollectRules extends UrlRules {
  readonly settings: CollectSettings;
  readonly denied: ReadonlySet<string>;
  /** Null: all. */
  readonly allowedTraits: ReadonlySet<string> | null;
}

export function rulesOf(settings: CollectSettings): CollectRules {
  const { query_parameters, hash_routes, denied_properties, allowed_traits } = settings;
  return {
    settings,
    queryParameters: new Set(query_parameters),
    hashRoutes: hash_routes,
    denied: new Set(denied_properties),
    allowedTraits: allowed_traits === null ? null : new Set(allowed_traits),
  };
}

/**
 * The settings that a body gives; a field that is null or absent has its default.
 * @throws Failure invalid_field, unknown_field, limit_exceeded, each with a pointer
 */
export function parseCollectSettings(value: unknown): CollectSettings {
  const body = parseObject(value, 'The body', Object.keys(DEFAULT_COLLECTING));
  const choice = <F extends keyof typeof COLLECT_CHOICES>(field: F): (typeof COLLECT_CHOICES)[F][number] => {
    const choices: readonly (typeof COLLECT_CHOICES)[F][number][] = COLLECT_CHOICES[field];
    const given = body[field];
    const chosen = isGiven(given) ? choices.find((one) => one === given) : choices[0];
    if (chosen !== undefined) return chosen;
    throw invalid('invalid_field', `/${field}`, `\`${field}\` is one of ${listed(choices)}, not ${quoted(given)}.`);
  };
  return parseTogether({
    visitor_ids: () => choice('visitor_ids'),
    bots: () => choice('bots'),
    gpc: () => choice('gpc'),
    query_parameters: () => parseNames(body['query_parameters'], '/query_parameters'),
    hash_routes: () => parseFlag(body['hash_routes'], '/hash_routes'),
    denied_properties: () => parseNames(body['denied_properties'], '/denied_properties'),
    traits: () => choice('traits'),
    allowed_traits: () =>
      isGiven(body['allowed_traits']) ? parseNames(body['allowed_traits'], '/allowed_traits') : null,
  });
}

function parseFlag(value: unknown, pointer: string): boolean {
  if (!isGiven(value)) return false;
  if (typeof value === 'boolean') return value;
  throw invalid('invalid_field', pointer, `\`${pointer.slice(1)}\` is true or false, not ${quoted(value)}.`);
}

function parseNames(value: unknown, pointer: string): readonly string[] {
  if (!isGiven(value)) return [];
  const field = pointer.slice(1);
  if (!Array.isArray(value)) throw invalid('invalid_field', pointer, `\`${field}\` is a list, not ${quoted(value)}.`);
  if (value.length > MAX_NAMES) {
    const detail = `\`${field}\` has at most ${MAX_NAMES} names, not ${value.length}.`;
    throw new Failure('limit_exceeded', detail, [{ pointer, detail }], { limit: field, value: MAX_NAMES });
  }
  const problems = new Problems();
  const names = problems.takeEach(value, (name: unknown, i) =>
    parseText(name, { min: 1, max: 200 }, pointerTo(pointer, i), 'A name'),
  );
  problems.throwIfAny();
  return [...new Set(names)].toSorted();
}
