import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Failure } from '../core/failure.js';
import type { Principal } from './principal.js';

/** The caller, as a parameter of a handler under /v1. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal =>
  principalOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** @throws Failure unauthenticated, so that a route that no hook protected stays closed */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === undefined) {
    throw new Failure('unauthenticated');
  }
  return request.principal;
}
