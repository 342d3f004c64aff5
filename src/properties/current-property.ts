import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Failure } from '../core/failure.js';
import type { PropertyEntity } from './property.entity.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Read with the caller's key on every route with `:property` in its path. */
    property?: PropertyEntity;
  }
}

/** The property that the path names, as a parameter of a handler. */
export const CurrentProperty = createParamDecorator((_: unknown, context: ExecutionContext): PropertyEntity => {
  const { property } = context.switchToHttp().getRequest<FastifyRequest>();
  if (property === undefined) {
    throw new Failure('not_found');
  }
  return property;
});
