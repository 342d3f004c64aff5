import { createHash } from 'node:crypto';

/** From here on UTF-16 order and UTF-8 order differ: surrogates stand for characters above U+FFFF. */
const SURROGATE_OR_ABOVE = /[\ud800-\uffff]/;
const CHUNK = 10_000;

export interface MemberSet {
  /** SHA-256, lower-case hex, of the RFC 8785 JSON array of `users`. */
  readonly hash: string;
  /** Distinct, sorted by their UTF-8 bytes. */
  readonly users: readonly string[];
}

/** Names a member list: two lists of the same users have one hash, whatever their order and repetitions. Takes valid user ids (`parseUserId`). */
export function memberSetHash(users: readonly string[]): MemberSet {
  const distinct = [...new Set(users)];
  const sorted = distinct.some((user) => SURROGATE_OR_ABOVE.test(user)) ? distinct.sort(byUtf8) : distinct.sort();
  return { hash: hashOf(sorted), users: sorted };
}

/** In pieces: the array of a million members as one text would be 30 MB. For well-formed strings JSON.stringify is RFC 8785. */
function hashOf(sorted: readonly string[]): string {
  const hash = createHash('sha256').update('[');
  for (let start = 0; start < sorted.length; start += CHUNK) {
    if (start > 0) hash.update(',');
    hash.update(JSON.stringify(sorted.slice(start, start + CHUNK)).slice(1, -1));
  }
  return hash.update(']').digest('hex');
}

function byUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
