import { createHmac } from 'node:crypto';

/** By what a visitor is known within a day. */
export interface SeenVisitor {
  readonly propertyId: string;
  /** Of the address, cut to /24 or /48; null: it has none. */
  readonly network: string | null;
  readonly agent: string;
}

/** Two visitors of a day get the same id by chance in 2^64. */
const ID_BYTES = 16;

/** The id of a visitor under the key of a day: without the key, nobody tells from it who it was, or finds him on another day. */
export function dailyVisitor({ propertyId, network, agent }: SeenVisitor, key: Buffer): string {
  const text = `${propertyId}\0${network ?? ''}\0${agent}`;
  return createHmac('sha256', key).update(text).digest().subarray(0, ID_BYTES).toString('base64url');
}
