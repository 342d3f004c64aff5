import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { RouteConfigPart } from './route-config.js';
import type { FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { Failure } from '../../core/failure.js';
import { JSON_MEDIA_TYPE } from './raw-body.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Media types of the answers of this route, the one of a caller without preference first; absent: JSON. An empty
     * list: the route answers whatever `Accept` says.
     */
    produces?: readonly string[];
  }
}

/** Marks a route whose answers are not JSON, or not JSON alone. `AcceptGuard` refuses callers who take none of them. */
export function Produces(...mediaTypes: string[]): MethodDecorator {
  return RouteConfigPart({ produces: mediaTypes });
}

/**
 * Of media types that can be produced the one that an `Accept` header prefers (RFC 9110, 12.5.1): highest quality
 * first, then the most exactly named, then the first named. Without a header, or with an empty one, the first. Null: it
 * takes none of them.
 */
export function preferredType<T extends string>(accept: string | undefined, produced: readonly T[]): T | null {
  if (accept === undefined || accept.trim() === '') return produced[0] ?? null;
  const byFullName = new Map(produced.map((type) => [withCharset(type), type]));
  const preferred = new Negotiator({ headers: { accept } }).mediaType([...byFullName.keys()]);
  return (preferred !== undefined && byFullName.get(preferred)) || null;
}

/** @throws Failure not_acceptable */
export function notAcceptable(produced: readonly string[]): never {
  throw new Failure(
    'not_acceptable',
    `This path has none of the media types in Accept. Send one of ${produced.join(', ')}.`,
  );
}

/** All texts are UTF-8, and a caller may name the charset. */
function withCharset(type: string): string {
  return type.includes(';') ? type : `${type}; charset=utf-8${type.startsWith('text/csv') ? '; header=present' : ''}`;
}

/**
 * Refuses a call whose `Accept` takes nothing that its route answers with, before anything is done for it. Where the
 * query names a `format`, that goes before the header.
 *
 * @throws Failure not_acceptable
 */
@Injectable()
export class AcceptGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers, query, routeOptions } = context.switchToHttp().getRequest<FastifyRequest>();
    const { accept } = headers;
    if (accept === undefined || accept === '*/*') return true;
    const { produces = [JSON_MEDIA_TYPE] } = routeOptions.config;
    const isNamed = produces.length > 1 && (query as { format?: unknown }).format !== undefined;
    if (produces.length > 0 && !isNamed && preferredType(accept, produces) === null) notAcceptable(produces);
    return true;
  }
}
