import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Failure } from '../core/failure.js';
import type { PropertyEntity } from './property.entity.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Read with the caller's key on every route with `:property` in its path. */
    property?: PropertyEntity;
    /** Read with the property: the same text as long as nothing changes in it that an answer depends on. */
    propertyStamp?: string;
    /** Read with it: counts up with everything in the property but its data. */
    propertyRevision?: string;
  }
}

/** The property that the path names, as a parameter of a handler. */
export const CurrentProperty = createParamDecorator((_: unknown, context: ExecutionContext): PropertyEntity =>
  propertyOf(context.switchToHttp().getRequest()),
);

/** @throws Failure not_found on a route without a property */
export function propertyOf({ property }: FastifyRequest): PropertyEntity {
  if (property === undefined) throw new Failure('not_found');
  return property;
}
