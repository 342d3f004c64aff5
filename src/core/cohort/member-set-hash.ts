import { createHash } from 'node:crypto';

const CHUNK = 10_000;

export interface MemberSet {
  /** SHA-256, lower-case hex, of the RFC 8785 JSON array of `users`. */
  readonly hash: string;
  /** Distinct, sorted by their UTF-8 bytes. */
  readonly users: readonly string[];
}

/** Names a member list: two lists of the same users have one hash, whatever their order and repetitions. Takes valid user ids (`parseUserId`). */
export function memberSetHash(users: readonly string[]): MemberSet {
  const sorted = [...new Set(users)].sort(byUtf8);
  return { hash: hashOf(sorted), users: sorted };
}

/** Names a list that comes in pieces, so that it is never in memory as a whole. For well-formed strings JSON.stringify is RFC 8785. */
export class MemberSetHasher {
  readonly #hash = createHash('sha256').update('[');
  #size = 0;

  /** The next members: distinct, sorted by their UTF-8 bytes, and behind those before. */
  add(users: readonly string[]): void {
    if (users.length === 0) return;
    if (this.#size > 0) this.#hash.update(',');
    this.#hash.update(JSON.stringify(users).slice(1, -1));
    this.#size += users.length;
  }

  /** Once, after the last. */
  digest(): { readonly hash: string; readonly size: number } {
    return { hash: this.#hash.update(']').digest('hex'), size: this.#size };
  }
}

/** In pieces: the array of a million members as one text would be 30 MB. */
function hashOf(sorted: readonly string[]): string {
  const hasher = new MemberSetHasher();
  for (let start = 0; start < sorted.length; start += CHUNK) hasher.add(sorted.slice(start, start + CHUNK));
  return hasher.digest().hash;
}

/** The order of the UTF-8 bytes without making them: as fast as the default sort, four times as fast as over buffers. */
export function byUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i += 1) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Surrogates stand for characters above U+FFFF, so they go behind U+E000 to U+FFFF. */
function rank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}
