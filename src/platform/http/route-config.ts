import { RouteConfig } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import type { FastifyContextConfig } from 'fastify';

/** Adds to what Fastify is told of a route; `RouteConfig` of Nest replaces what another decorator has said. */
export function RouteConfigPart(part: FastifyContextConfig): MethodDecorator {
  return (target, name, descriptor) => {
    const known = (Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, descriptor.value as object) ?? {}) as object;
    return RouteConfig({ ...known, ...part })(target, name, descriptor);
  };
}
