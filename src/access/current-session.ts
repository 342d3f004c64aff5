import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Failure } from '../core/failure.js';
import { principalOf } from './current-principal.js';
import type { Principal } from './principal.js';

/** Who calls by a session; `id` is the person's. */
export type SessionPrincipal = Principal & { readonly sessionId: string };

/** The caller of a route that needs a session, as a parameter of its handler. */
export const CurrentSession = createParamDecorator((_: unknown, context: ExecutionContext): SessionPrincipal => {
  const principal = principalOf(context.switchToHttp().getRequest<FastifyRequest>());
  if (!hasSession(principal)) throw new Failure('forbidden', 'The route is for who has signed in.');
  return principal;
});

export function hasSession(principal: Principal): principal is SessionPrincipal {
  return principal.sessionId !== null;
}
