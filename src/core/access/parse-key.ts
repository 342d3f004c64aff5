import { invalid, pointerTo } from '../failure.js';
import { isGiven, listed, parseObject, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { parseTogether, Problems } from '../problems.js';
import { parseText } from '../text.js';
import { parseDuration } from '../time/duration.js';
import { parseInstant } from '../time/instant.js';
import { DAY_MS } from '../time/utc-day.js';
import type { Granted } from './access.js';
import { parseGranted } from './parse-granted.js';
import { parseOrigins } from './parse-origins.js';

export const KEY_KINDS = ['secret', 'public'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** What a body says of a new key. Properties are as they were written: ids or slugs. */
export interface NewKey {
  readonly name: string;
  readonly kind: KeyKind;
  /** Of a public key neither role nor grants. */
  readonly granted: Granted;
  readonly properties: readonly string[] | null;
  readonly origins: readonly string[] | null;
  readonly expiresAt: Date | null;
}

/** What a body changes of a key; absent: it stays. */
export type KeyChanges = Partial<Omit<NewKey, 'kind'>>;

const NO_ROLE: Granted = { role: null, grants: null };
const MAX_PROPERTIES = 100;
/** How long the old secret is taken beside the new one, unless a body says otherwise. */
export const DEFAULT_OVERLAP = 'P1D';
const MAX_OVERLAP_DAYS = 90;

/** @throws Failure invalid_field, unknown_field, invalid_time */
export function parseNewKey(value: unknown, nowMs: number): NewKey {
  const body = parseObject(value);
  const kind = isGiven(body['kind']) ? parseKind(body['kind']) : 'secret';
  return kind === 'public' ? parsePublic(body, nowMs) : parseSecret(body, nowMs);
}

/** @throws Failure invalid_field, unknown_field, invalid_time */
export function parseKeyChanges(value: unknown, kind: KeyKind, nowMs: number): KeyChanges {
  const body = parseObject(value);
  const fields = kind === 'public' ? ['origins'] : ['role', 'grants', 'properties'];
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(body, ['name', 'expires_at', ...fields], '', `A change of a ${kind} key`));
  const granted = problems.take(() => parseGranted(body));
  const changes: KeyChanges = {
    ...(Object.hasOwn(body, 'name') && { name: problems.take(() => parseName(body)) ?? '' }),
    ...(Object.hasOwn(body, 'expires_at') && { expiresAt: problems.take(() => parseExpiry(body, nowMs)) ?? null }),
    ...(Object.hasOwn(body, 'properties') && { properties: problems.take(() => parseProperties(body)) ?? null }),
    ...(Object.hasOwn(body, 'origins') && {
      origins: problems.take(() => parseOrigins(body['origins'], '/origins')) ?? null,
    }),
    ...(isGiven(granted) && { granted }),
  };
  problems.throwIfAny();
  return changes;
}

/** Milliseconds for which the old secret is taken beside the new one. @throws Failure as parseNewKey */
export function parseOverlap(value: unknown): number {
  const body = isGiven(value) ? parseObject(value) : {};
  refuseUnknownKeys(body, ['overlap'], '', 'A rotation');
  const ms = parseDuration(body['overlap'] ?? DEFAULT_OVERLAP, '/overlap');
  if (ms <= MAX_OVERLAP_DAYS * DAY_MS) return ms;
  throw invalid('invalid_field', '/overlap', `\`overlap\` is at most P${MAX_OVERLAP_DAYS}D.`);
}

function parseSecret(body: JsonObject, nowMs: number): NewKey {
  const parts = parseTogether({
    unknown: () => refuseUnknownKeys(body, ['name', 'kind', 'role', 'grants', 'properties', 'expires_at'], '', 'A key'),
    name: () => parseName(body),
    granted: () => parseGranted(body) ?? missingGranted(),
    properties: () => parseProperties(body),
    expiresAt: () => parseExpiry(body, nowMs),
  });
  const { name, granted, properties, expiresAt } = parts;
  return { name, kind: 'secret', granted, properties, origins: null, expiresAt };
}

function parsePublic(body: JsonObject, nowMs: number): NewKey {
  const fields = ['name', 'kind', 'property', 'origins', 'expires_at'];
  const { name, property, origins, expiresAt } = parseTogether({
    unknown: () => refuseUnknownKeys(body, fields, '', 'A public key'),
    name: () => parseName(body),
    property: () => parseText(body['property'], { min: 1, max: 100 }, '/property', 'Id or slug of the property'),
    origins: () => parseOrigins(body['origins'], '/origins'),
    expiresAt: () => parseExpiry(body, nowMs),
  });
  return { name, kind: 'public', granted: NO_ROLE, properties: [property], origins, expiresAt };
}

function parseKind(value: unknown): KeyKind {
  const kind = KEY_KINDS.find((known) => known === value);
  if (kind !== undefined) return kind;
  throw invalid('invalid_field', '/kind', `\`kind\` is one of ${listed(KEY_KINDS)}, not ${quoted(value)}.`);
}

function parseName(body: JsonObject): string {
  return parseText(body['name'], { min: 1, max: 200 }, '/name', 'The name of a key');
}

function missingGranted(): never {
  throw invalid('invalid_field', '/role', 'A key needs a `role`, or `grants` in its place.');
}

function parseProperties(body: JsonObject): readonly string[] | null {
  const value = body['properties'];
  if (!isGiven(value)) return null;
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_PROPERTIES) {
    const right = `\`properties\` is a list of 1 to ${MAX_PROPERTIES} ids or slugs; without it the key holds in all`;
    throw invalid('invalid_field', '/properties', `${right}. It is not ${quoted(value)}.`);
  }
  return value.map((property: unknown, i) =>
    parseText(property, { min: 1, max: 100 }, pointerTo('/properties', i), 'Id or slug of a property'),
  );
}

function parseExpiry(body: JsonObject, nowMs: number): Date | null {
  const value = body['expires_at'];
  if (!isGiven(value)) return null;
  const ms = parseInstant(value, 'UTC', '/expires_at');
  if (ms > nowMs) return new Date(ms);
  throw invalid('invalid_field', '/expires_at', `${quoted(value)} is over. DELETE revokes a key.`);
}
