import { invalid, pointerTo } from '../failure.js';
import { isGiven, isObject, listed, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { parseTogether } from '../problems.js';
import { parseText } from '../text.js';
import { GRANT_FIELDS, parseMemberGrants, type MemberGrants } from './parse-member.js';
import { parseIssuer } from './parse-service-url.js';

/**
 * Who becomes a member by signing in: nobody who is none; who has an address of the provider's domains; or who has an
 * open invitation for such an address.
 */
export const SIGN_UPS = ['closed', 'domain', 'invitation'] as const;
export type SignUp = (typeof SIGN_UPS)[number];

/** A provider of sign-in by OpenID Connect, as a body says it. */
export interface NewProvider {
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Null: a public client, by PKCE alone. */
  readonly clientSecret: string | null;
  /** Domains for whose addresses the word of the provider is taken, in lower case. */
  readonly domains: readonly string[];
  readonly signUp: SignUp;
  /** What who signs up by domain may do; null: he does not. Properties are ids or slugs. */
  readonly granted: MemberGrants | null;
}

const FIELDS = ['name', 'issuer', 'client_id', 'client_secret', 'domains', 'sign_up', ...GRANT_FIELDS];
const MAX_DOMAINS = 100;
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;
/** RFC 6749, appendix A: visible ASCII and space. */
const VISIBLE = /^[\x20-\x7e]+$/;

/**
 * A whole provider: a change gives `before`, as a body would say it, and its own fields in place of it.
 * @throws Failure invalid_field, unknown_field
 */
export function parseProvider(value: unknown, before: JsonObject = {}): NewProvider {
  if (!isObject(value)) throw invalid('invalid_field', '', `The body is a JSON object, not ${quoted(value)}.`);
  refuseUnknownKeys(value, FIELDS, '', 'A provider');
  const body = { ...without(before, value), ...value };
  const provider = parseTogether({
    name: () => parseText(body['name'], { min: 1, max: 200 }, '/name', 'The name of a provider'),
    issuer: () => parseIssuer(body['issuer'], '/issuer'),
    clientId: () => parseVisible(body['client_id'], '/client_id'),
    clientSecret: () => (isGiven(body['client_secret']) ? parseVisible(body['client_secret'], '/client_secret') : null),
    domains: () => (isGiven(body['domains']) ? parseDomains(body['domains']) : []),
    signUp: () => (isGiven(body['sign_up']) ? parseSignUp(body['sign_up']) : 'closed'),
    granted: () => (body['sign_up'] === 'domain' ? parseMemberGrants(body) : refuseGranted(body)),
  });
  if (provider.signUp === 'closed' || provider.domains.length > 0) return provider;
  const { signUp } = provider;
  throw invalid('invalid_field', '/domains', `To sign up by \`${signUp}\` a provider needs \`domains\`.`);
}

/** A role in the body stands in place of grants of before, and the other way round; a closed sign-up of both. */
function without(before: JsonObject, { role, grants, sign_up: signUp }: JsonObject): JsonObject {
  const { role: _role, grants: _grants, properties, ...rest } = before;
  const { role: roleBefore, grants: grantsBefore } = before;
  const isOver = isGiven(signUp) && signUp !== 'domain';
  if (isOver) return rest;
  const stays = isGiven(role) || isGiven(grants) ? {} : { role: roleBefore, grants: grantsBefore };
  return { ...rest, ...stays, properties };
}

function refuseGranted(body: JsonObject): null {
  const given = GRANT_FIELDS.find((field) => isGiven(body[field]));
  if (given === undefined) return null;
  throw invalid('invalid_field', `/${given}`, `\`${given}\` is for who signs up by \`domain\`.`);
}

function parseSignUp(value: unknown): SignUp {
  const signUp = SIGN_UPS.find((known) => known === value);
  if (signUp !== undefined) return signUp;
  throw invalid('invalid_field', '/sign_up', `\`sign_up\` is one of ${listed(SIGN_UPS)}, not ${quoted(value)}.`);
}

function parseDomains(value: unknown): string[] {
  if (!Array.isArray(value) || value.length > MAX_DOMAINS) {
    const detail = `\`domains\` is a list of ${MAX_DOMAINS} domains at most, not ${quoted(value)}.`;
    throw invalid('invalid_field', '/domains', detail);
  }
  return [...new Set(value.map((domain: unknown, i) => parseDomain(domain, pointerTo('/domains', i))))];
}

function parseDomain(value: unknown, pointer: string): string {
  const domain = typeof value === 'string' ? value.toLowerCase() : '';
  if (domain.length <= 253 && DOMAIN.test(domain)) return domain;
  throw invalid('invalid_field', pointer, `A domain is such as "example.org", not ${quoted(value)}.`);
}

/** A text that stands in no message. */
function parseVisible(value: unknown, pointer: string): string {
  if (typeof value === 'string' && value.length <= 2000 && VISIBLE.test(value)) return value;
  throw invalid('invalid_field', pointer, `\`${pointer.slice(1)}\` is a text of 1 to 2000 visible ASCII characters.`);
}
