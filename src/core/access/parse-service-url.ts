import { invalid } from '../failure.js';
import { quoted } from '../json-shape.js';

const LONGEST = 500;
const IN_PRIVATE = 'http only in a private network that is allowed';

/**
 * An issuer (OpenID Connect Discovery 1.0), as it was written: issuers are compared as texts.
 * @throws Failure invalid_field
 */
export function parseIssuer(value: unknown, pointer: string): string {
  if (isAddress(value) && !/[?#]/.test(value)) return value;
  const right = `An issuer is a URL of https, without a user, query or fragment (${IN_PRIVATE})`;
  throw invalid('invalid_field', pointer, `${right}; ${quoted(value)} is none.`);
}

/** The address of keys. @throws Failure invalid_field */
export function parseKeysAddress(value: unknown, pointer: string): string {
  if (isAddress(value) && !value.includes('#')) return value;
  const right = `The address of keys is a URL of https, without a user or fragment (${IN_PRIVATE})`;
  throw invalid('invalid_field', pointer, `${right}; ${quoted(value)} is none.`);
}

function isAddress(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > LONGEST) return false;
  if (!/^https?:\/\/[\x21-\x5b\x5d-\x7e]+$/.test(value) || !URL.canParse(value)) return false;
  const { username, password, hostname } = new URL(value);
  return username === '' && password === '' && hostname !== '';
}
