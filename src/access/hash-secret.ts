import { createHash } from 'node:crypto';

/**
 * What is stored of an API key, of the token of a session or of an invitation: SHA-256, lower-case hex. Each holds 256
 * random bits, so no slow hash is needed.
 */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
