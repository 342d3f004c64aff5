import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '../../core/failure.js';

declare module 'fastify' {
  interface FastifyInstance {
    routePatterns: RoutePatterns;
  }
}

/** The paths that exist and their methods; the router itself knows a path only together with a method. */
export class RoutePatterns {
  private readonly methods = new Map<string, { matches: RegExp; names: Set<string> }>();

  add(pattern: string, methods: string | readonly string[]): void {
    const known = this.methods.get(pattern) ?? { matches: expressionOf(pattern), names: new Set<string>() };
    [methods].flat().forEach((method) => known.names.add(method));
    this.methods.set(pattern, known);
  }

  /** The methods of a path, sorted; empty: there is no such path. */
  allowed(path: string): string[] {
    const found = [...this.methods.values()].filter(({ matches }) => matches.test(path));
    return [...new Set(found.flatMap(({ names }) => Array.from(names)))].sort();
  }
}

/** Collects the routes of an instance; to be called before the first is added. */
export function collectRoutes(fastify: FastifyInstance): void {
  const patterns = new RoutePatterns();
  fastify.decorate('routePatterns', patterns);
  fastify.addHook('onRoute', ({ url, method }) => patterns.add(url, method));
}

/**
 * What to say of a request that no route took: 405 with Allow where only the method is wrong. A refusal by a hook
 * stands as it is.
 */
export function unrouted(request: FastifyRequest, reply: FastifyReply, refusal: Failure): Failure {
  if (refusal.code !== 'not_found') {
    return refusal;
  }
  const path = request.raw.url?.split('?', 1)[0]?.replace(/(?<=.)\/$/, '') ?? '/';
  const allowed = request.server.routePatterns.allowed(path);
  // A route below which there are files is a path too, whatever there is of them.
  if (allowed.length === 0 || allowed.includes(request.method)) {
    return new Failure('not_found', 'There is nothing at this path. The API is described at /docs.');
  }
  reply.header('allow', allowed.join(', '));
  return new Failure('method_not_allowed', `This path does not take the method. Send ${allowed.join(', ')}.`);
}

function expressionOf(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll(/:\w+/g, '[^/]+').replaceAll('*', '.*')}$`);
}
