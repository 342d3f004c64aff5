/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The hash of a canonical request, as the service computes it: SHA-256, lower-case hex, of its RFC 8785 JSON. Takes
 * `request` of an answer or of `canonical()`; asks nothing. Throws TypeError for what has no one JSON form: lone
 * surrogates, integers beyond 2^53, numbers that are not finite.
 */
export async function canonicalHash(canonical: object): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalJson(canonical as Json));
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * RFC 8785: no white space, keys sorted by their UTF-16 units, texts and numbers as ECMAScript writes them. Throws
 * TypeError.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return number(value);
  if (typeof value !== 'object') throw new TypeError(`A ${typeof value} is no JSON value`);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${text(key)}:${canonicalJson(member)}`).join(',')}}`;
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('A text holds half of a surrogate pair');
  return JSON.stringify(value);
}

function number(value: number): string {
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw new TypeError(`${value} has no one JSON form`);
  }
  return JSON.stringify(value);
}
