import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../accounts/current-principal.js';
import { propertyOf } from '../properties/current-property.js';
import type { Caller } from './new-request.js';

/** Who asks and where, as a parameter of a handler under a property. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const { apiKeyId } = principalOf(request);
  return { property: propertyOf(request), apiKeyId, stamp: request.propertyStamp ?? '' };
});
