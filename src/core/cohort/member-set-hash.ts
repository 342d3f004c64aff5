import { createHash } from 'node:crypto';
import { asSetHash, type SetHash } from '../ids.js';

const CHUNK = 10_000;

export interface MemberSet {
  /** SHA-256, lower-case hex, of the RFC 8785 JSON array of `users`. */
  readonly hash: SetHash;
  /** Distinct, sorted by their UTF-8 bytes. */
  readonly users: readonly string[];
}

/** Members that are sorted, merged or hashed before others have their turn: some 5 ms. */
const SLICE = 5_000;

/**
 * Names a member list: two lists of the same users have one hash, whatever their order and repetitions. Takes valid
 * user ids (`parseUserId`). A list of 100,000 takes a tenth of a second: the generator stops again and again on the
 * way.
 */
export function* memberSetSteps(users: readonly string[]): Generator<void, MemberSet> {
  let runs: string[][] = [];
  for (let start = 0; start < users.length; start += SLICE) {
    runs.push([...new Set(users.slice(start, start + SLICE))].sort(byUtf8));
    yield;
  }
  while (runs.length > 1) {
    const merged: string[][] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(yield* mergeSteps(runs[i] ?? [], runs[i + 1] ?? []));
    runs = merged;
  }
  const [sorted = []] = runs;
  const hasher = new MemberSetHasher();
  for (let start = 0; start < sorted.length; start += CHUNK) {
    hasher.add(sorted.slice(start, start + CHUNK));
    yield;
  }
  return { hash: hasher.digest().hash, users: sorted };
}

/** The members of two sorted lists, each once. */
function* mergeSteps(a: readonly string[], b: readonly string[]): Generator<void, string[]> {
  const merged: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    const order = left === undefined ? 1 : right === undefined ? -1 : byUtf8(left, right);
    if (order <= 0) i += 1;
    if (order >= 0) j += 1;
    merged.push((order <= 0 ? left : right) ?? '');
    if (merged.length % SLICE === 0) yield;
  }
  return merged;
}

/**
 * Names a list that comes in pieces, so that it is never in memory as a whole. For well-formed strings JSON.stringify
 * is RFC 8785.
 */
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
  digest(): { readonly hash: SetHash; readonly size: number } {
    return { hash: asSetHash(this.#hash.update(']').digest('hex')), size: this.#size };
  }
}

/**
 * The order of the UTF-8 bytes without making them: as fast as the default sort, four times as fast as over buffers.
 */
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
