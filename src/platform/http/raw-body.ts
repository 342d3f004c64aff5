import type { Readable } from 'node:stream';
import { RouteConfigPart } from './route-config.js';
import type { FastifyRequest } from 'fastify';

export const JSON_MEDIA_TYPE = 'application/json';

/** One item a line (NDJSON under both its names), or a header and rows. */
const ITEM_MEDIA_TYPES = ['application/x-ndjson', 'application/jsonl', 'text/csv'] as const;

/** Those, and a list as people write it. */
export const STREAM_MEDIA_TYPES = [...ITEM_MEDIA_TYPES, 'text/plain'] as const;

/**
 * What a route may ask to read as it comes. JSON is parsed, or handed on as bytes, where a route does not ask for it.
 */
export type StreamMediaType = (typeof STREAM_MEDIA_TYPES)[number] | typeof JSON_MEDIA_TYPE;

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Media types that this route takes as a stream; absent: the route takes parsed JSON only. JSON not among them: as
     * bytes.
     */
    rawBody?: readonly StreamMediaType[];
    /** How many keys a parsed JSON body may have, where a route takes lists of items and checks them by hand. */
    jsonKeys?: number;
  }
}

/**
 * Marks a route that reads its body itself, from `request.body` (take `@Req()`, not `@Body()`: the validation pipe
 * would walk it).
 *
 * - `application/json`: a `Buffer`, inflated when it came as gzip, within the limit of JSON bodies, not empty, valid
 *  UTF-8, at most 64 levels deep; not parsed, and without a limit on keys. Where the route names it among `streams`, it
 *  comes as they do.
 * - the stream types: the request's own `Readable` as it comes over the wire. Nothing of it has been read, checked or
 *  counted; with `isGzip(request)` it is to be inflated by the route, which also counts bytes. A body that the route
 *  leaves unread is drained. Destroying the stream (`pipeline` does on an error) closes the connection before the
 *  answer is sent.
 *
 * Authentication has been done, guards (the property) too, before the handler runs.
 */
export function RawBody(...streams: StreamMediaType[]): MethodDecorator {
  return RouteConfigPart({ rawBody: streams.length > 0 ? streams : ITEM_MEDIA_TYPES });
}

/** Marks a route whose parsed JSON body may have so many keys; it has no DTO. */
export function JsonKeys(jsonKeys: number): MethodDecorator {
  return RouteConfigPart({ jsonKeys });
}

/** What of a request tells its body. */
export type BodyRequest = Pick<FastifyRequest, 'headers' | 'body'>;

/** The body of a route marked with `RawBody`. */
export function rawBodyOf(request: BodyRequest): { mediaType: string; body: Buffer | Readable } {
  return { mediaType: mediaTypeOf(request), body: request.body as Buffer | Readable };
}

/** The body of a route marked with `RawBody` that reads all that it takes, JSON included, as it comes. */
export function streamedBodyOf(request: BodyRequest): { mediaType: string; body: Readable } {
  return { mediaType: mediaTypeOf(request), body: request.body as Readable };
}

/** The media type of the body in lower case, without parameters; empty where none is given. */
export function mediaTypeOf(request: BodyRequest): string {
  return (/^[^;]*/.exec(request.headers['content-type'] ?? '')?.[0] ?? '').trim().toLowerCase();
}

/** Whether the body is compressed with gzip. Other codings have been refused with 415 before. */
export function isGzip(request: BodyRequest): boolean {
  const coding = request.headers['content-encoding']?.trim().toLowerCase();
  return coding === 'gzip' || coding === 'x-gzip';
}
