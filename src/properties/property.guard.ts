import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../accounts/current-principal.js';
import { Failure } from '../core/failure.js';
import { PropertiesService } from './properties.service.js';

/** Resolves `:property` (id or slug) in the caller's account, on every route that has it. Another account's property is as unknown as any other. */
@Injectable()
export class PropertyGuard implements CanActivate {
  constructor(private readonly properties: PropertiesService) {}

  /** @throws Failure not_found */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { property: named } = request.params as { property?: string };
    if (named !== undefined) {
      request.property = await this.find(principalOf(request).accountId, named);
    }
    return true;
  }

  private async find(accountId: string, named: string) {
    const property = await this.properties.find(accountId, named);
    if (property === null) {
      throw new Failure('not_found', 'There is no such property. GET /v1/properties lists those of this key.');
    }
    return property;
  }
}
