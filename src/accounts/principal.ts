/** Who calls: an API key of an account. The full model (members, scopes) takes its place here. */
export interface Principal {
  readonly accountId: string;
  readonly apiKeyId: string;
  readonly role: 'admin';
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before the body is read on every route under /v1. */
    principal?: Principal;
  }
}
