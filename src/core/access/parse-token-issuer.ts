import { invalid, pointerTo } from '../failure.js';
import { isGiven, isObject, listed, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { parseTogether } from '../problems.js';
import { parseText } from '../text.js';
import { parseIssuer, parseKeysAddress } from './parse-service-url.js';
import { parseRole, ROLES, type Role } from './roles.js';

/** Signatures by keys that the issuer alone has. */
export const TOKEN_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** A value of the claim, and the role that it gives. */
export interface RoleOfValue {
  readonly value: string;
  readonly role: Role;
}

/** An issuer whose JWTs are taken, as a body says it. */
export interface NewTokenIssuer {
  readonly name: string;
  readonly issuer: string;
  /** Null: the id of the account. */
  readonly audience: string | null;
  readonly jwksUri: string;
  readonly algorithms: readonly TokenAlgorithm[];
  readonly claim: string;
  readonly roles: readonly RoleOfValue[];
}

const FIELDS = ['name', 'issuer', 'audience', 'jwks_uri', 'algorithms', 'claim', 'roles'];
export const DEFAULT_CLAIM = 'muster_role';
const MAX_ROLES = 100;

/**
 * A whole issuer; a change gives `before`, as a body would say it.
 * @throws Failure invalid_field, unknown_field
 */
export function parseTokenIssuer(value: unknown, before: JsonObject = {}): NewTokenIssuer {
  if (!isObject(value)) throw invalid('invalid_field', '', `The body is a JSON object, not ${quoted(value)}.`);
  refuseUnknownKeys(value, FIELDS, '', 'An issuer of tokens');
  const body = { ...before, ...value };
  const text = (field: string, what: string, max = 200): string =>
    parseText(body[field], { min: 1, max }, `/${field}`, what);
  return parseTogether({
    name: () => text('name', 'The name of an issuer'),
    issuer: () => parseIssuer(body['issuer'], '/issuer'),
    audience: () => (isGiven(body['audience']) ? text('audience', 'The audience', 500) : null),
    jwksUri: () => parseKeysAddress(body['jwks_uri'], '/jwks_uri'),
    algorithms: () => (isGiven(body['algorithms']) ? parseAlgorithms(body['algorithms']) : TOKEN_ALGORITHMS),
    claim: () => (isGiven(body['claim']) ? text('claim', 'The name of a claim') : DEFAULT_CLAIM),
    roles: () => parseRoles(body['roles']),
  });
}

function parseAlgorithms(value: unknown): TokenAlgorithm[] {
  const given = Array.isArray(value) ? value : [];
  const known = TOKEN_ALGORITHMS.filter((algorithm) => given.includes(algorithm));
  if (known.length > 0 && given.length === known.length) return known;
  const right = `\`algorithms\` is a list of some of ${listed(TOKEN_ALGORITHMS)}`;
  throw invalid('invalid_field', '/algorithms', `${right}, not ${quoted(value)}.`);
}

/** Each role at most once for a value. */
function parseRoles(value: unknown): RoleOfValue[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ROLES) {
    const right = `\`roles\` is a list of 1 to ${MAX_ROLES} such as {"value": "analysts", "role": "analyst"}`;
    throw invalid('invalid_field', '/roles', `${right}, not ${quoted(value)}.`);
  }
  return value.map((item: unknown, i) => {
    const pointer = pointerTo('/roles', i);
    if (!isObject(item))
      throw invalid('invalid_field', pointer, `A role of a value is an object, not ${quoted(item)}.`);
    refuseUnknownKeys(item, ['value', 'role'], pointer, 'A role of a value');
    return {
      value: parseText(item['value'], { min: 1, max: 200 }, `${pointer}/value`, 'A value of the claim'),
      role: parseRole(item['role'], `${pointer}/role`),
    };
  });
}

/** The strongest role that the value of a claim gives: a text, or a list of texts. Null: none. */
export function roleOfClaim(roles: readonly RoleOfValue[], claim: unknown): Role | null {
  const values = Array.isArray(claim) ? claim : [claim];
  const given = roles.filter(({ value }) => values.includes(value)).map(({ role }) => role);
  return ROLES.find((role) => given.includes(role)) ?? null;
}
