import type { FastifyReply, FastifyRequest } from 'fastify';
import { RouteConfigPart } from './route-config.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Pages of any origin may read why a call was refused before its handler runs. */
    isOpenToPages?: boolean;
  }
}

/** Marks a route that pages of other origins call; from its handler on, that one says who may read its answers. */
export function OpenToPages(): MethodDecorator {
  return RouteConfigPart({ isOpenToPages: true });
}

/** Lets the page that calls such a route read the answer. */
export function openToPages({ routeOptions, headers: { origin } }: FastifyRequest, reply: FastifyReply): void {
  if (routeOptions.config.isOpenToPages !== true) return;
  reply.header('vary', 'origin');
  if (origin !== undefined) allowOrigin(reply, origin);
}

/** Lets a page of the origin read the answer, and when to send again. */
export function allowOrigin(reply: FastifyReply, origin: string): void {
  reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', 'retry-after');
}

/** Lets no page read the answer. */
export function refuseToPages(reply: FastifyReply): void {
  reply.removeHeader('access-control-allow-origin').removeHeader('access-control-expose-headers');
}
