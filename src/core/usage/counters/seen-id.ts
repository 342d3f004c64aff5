import { createHmac } from 'node:crypto';

/** Bytes of what is stored of an id: two of them are the same by chance in 2^64 ids of a day. */
const KEPT_BYTES = 16;
export const KEY_BYTES = 32;

/** An id that was seen: a user's, or the network of an address. */
export interface SeenId {
  readonly category: string;
  readonly kind: 'id' | 'ip';
  readonly id: string;
}

/** What is stored under a key: the same for the same id, and nothing that leads back to it without the key. */
export function underKey({ category, kind, id }: SeenId, key: Buffer): Buffer {
  return createHmac('sha256', key).update(`${kind}\0${category}\0${id}`).digest().subarray(0, KEPT_BYTES);
}

/** The id itself, in the mode that stores it. */
export function asItIs({ kind, id }: SeenId): Buffer {
  return Buffer.from(`${kind}:${id}`);
}
