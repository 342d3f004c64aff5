import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Failure } from '../core/failure.js';

/**
 * Refuses a route whose `:property` (id or slug) is none of the caller's account; it was read with the caller's key.
 * Another account's property is as unknown as any other.
 */
@Injectable()
export class PropertyGuard implements CanActivate {
  /** @throws Failure not_found */
  canActivate(context: ExecutionContext): boolean {
    const { params, property } = context.switchToHttp().getRequest<FastifyRequest>();
    const { property: named } = params as { property?: string };
    if (named === undefined || property !== undefined) return true;
    throw new Failure('not_found', 'There is no such property. GET /v1/properties lists those of this key.');
  }
}
