import { createHash, randomBytes } from 'node:crypto';
import type { KeyKind } from '../core/access/parse-key.js';

/** Of a secret key, and of a public one, which may stand in a web page. */
const PREFIXES = { secret: 'muster_sk_', public: 'muster_pk_' } as const;

const SECRET_BYTES = 32;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 62^43 > 2^256. */
const SECRET_DIGITS = 43;
const CHECKSUM_DIGITS = 6;
const SHAPE = new RegExp(`^muster_[sp]k_[0-9A-Za-z]{${SECRET_DIGITS + CHECKSUM_DIGITS}}$`);

/**
 * A new API key: `muster_sk_`, or `muster_pk_` of a public one, 32 random bytes in base62, and a checksum of six digits, by which a mistyped key or a
 * random text is told apart without a look into the database, and by which secret scanners find a leaked one.
 */
export function newApiKey(kind: KeyKind = 'secret'): string {
  const body = PREFIXES[kind] + base62(randomBytes(SECRET_BYTES), SECRET_DIGITS);
  return body + checksum(body);
}

/** Whether a text can be a key at all: its shape and checksum are right. */
export function isApiKey(text: string): boolean {
  return SHAPE.test(text) && checksum(text.slice(0, -CHECKSUM_DIGITS)) === text.slice(-CHECKSUM_DIGITS);
}

/** Whether a text is written like a public key. */
export function isPublicKey(text: string): boolean {
  return text.startsWith(PREFIXES.public);
}

/** The last four characters, to tell keys apart in lists. */
export function hintOf(key: string): string {
  return key.slice(-4);
}

function checksum(body: string): string {
  return base62(createHash('sha256').update(body).digest(), SECRET_DIGITS).slice(-CHECKSUM_DIGITS);
}

function base62(bytes: Buffer, digits: number): string {
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (let i = 0; i < digits; i++) {
    text = (ALPHABET[Number(rest % 62n)] ?? '') + text;
    rest /= 62n;
  }
  return text;
}
