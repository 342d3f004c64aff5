import { Failure } from '../core/failure.js';

/** Why a key that is known is not taken any more. */
const ENDED = {
  revoked: 'The API key was revoked.',
  expired: 'The API key has expired.',
  replaced: 'The API key was rotated, and the time of this secret is over. Use the new one.',
} as const;
export type KeyEnd = keyof typeof ENDED;

/** A column that tells why `key`, or its `secret`, is not taken any more; null: it is. */
export const ENDED_COLUMN = `
    CASE WHEN key.revoked_at IS NOT NULL THEN 'revoked' WHEN key.expires_at <= now() THEN 'expired'
      WHEN secret.ends_at <= now() THEN 'replaced' END AS ended`;

export function keyHasEnded(end: KeyEnd): Failure {
  return new Failure('unauthenticated', ENDED[end]);
}
