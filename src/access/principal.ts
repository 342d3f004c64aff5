import type { Access } from '../core/access/access.js';
import type { AuditedAction } from './audits.js';

/** Who calls: a key of an account, or a member who has signed in. */
export interface Principal {
  /** Of the key, or of the person. What was done is told by it. */
  readonly id: string;
  readonly accountId: string;
  readonly access: Access;
  /** Null: a key. */
  readonly sessionId: string | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before the body is read on every route under /v1 that does not take callers without one. */
    principal?: Principal;
    /**
     * Who has become known by the call itself, as by signing in, or has entered another account; for the audit log.
     * `action`: where it is another one than the route's.
     */
    actor?: { readonly id: string; readonly accountId: string; readonly action?: AuditedAction };
  }
}
