import type { Access } from '../core/access/access.js';

/** Who calls: a key of an account. */
export interface Principal {
  /** Of the key. What was done is told by it. */
  readonly id: string;
  readonly accountId: string;
  readonly access: Access;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before the body is read on every route under /v1 that does not take callers without one. */
    principal?: Principal;
  }
}
