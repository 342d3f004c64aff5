import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { grantsHere } from '../access/authorization.js';
import { principalOf } from '../access/current-principal.js';
import type { GrantSet } from '../core/access/grants.js';
import { propertyOf } from '../properties/current-property.js';
import type { PropertyEntity } from '../properties/property.entity.js';

/** Who sends a request, and to which property. */
export interface Caller {
  readonly property: PropertyEntity;
  readonly apiKeyId: string;
  /** What the caller holds in the property. */
  readonly grants: GrantSet;
  /**
   * The state of the property when the call came in: another text as soon as anything has changed that an answer
   * depends on.
   */
  readonly stamp: string;
}

/** The caller, as a parameter of a handler under a property. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const { id: apiKeyId } = principalOf(request);
  return { property: propertyOf(request), apiKeyId, grants: grantsHere(request), stamp: request.propertyStamp ?? '' };
});
