import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { GrantSet } from '../core/access/grants.js';
import { grantsHere } from './authorization.js';

/** What the caller holds in the property of the path, as a parameter of a handler. */
export const CurrentGrants = createParamDecorator((_: unknown, context: ExecutionContext): GrantSet =>
  grantsHere(context.switchToHttp().getRequest<FastifyRequest>()),
);
