import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { refuseDeclaredLength, wholeBody } from '../../bodies/body-bytes.js';
import { checkedJson, parseJson, RAW_JSON_LIMITS } from '../../bodies/json-body.js';
import { Failure } from '../../core/failure.js';
import type { Config } from '../config/config.js';
import { isGzip, JSON_MEDIA_TYPE, mediaTypeOf, STREAM_MEDIA_TYPES, type StreamMediaType } from './raw-body.js';

type BodyLimits = Pick<Config, 'jsonBodyLimitBytes' | 'streamBodyLimitBytes'>;
type Parser = (request: FastifyRequest, payload: IncomingMessage) => unknown;

/**
 * Replaces Fastify's parsers. A body is read only after authentication and only for a route that exists; JSON costs a
 * bounded, small time whatever it holds (decisions/0007-http-edge.md). Both routes with parsed and with raw bodies take
 * JSON as gzip.
 */
export function addBodyParsers(fastify: FastifyInstance, limits: BodyLimits): void {
  const stream = streamParser(limits.streamBodyLimitBytes);
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(JSON_MEDIA_TYPE, onRoutes(jsonParser(limits.jsonBodyLimitBytes, stream)));
  fastify.addContentTypeParser([...STREAM_MEDIA_TYPES], onRoutes(stream));
  fastify.addContentTypeParser('*', onRoutes(refuseMediaType));
}

/** An unknown path is answered as such, whatever its body is. */
function onRoutes(parser: Parser) {
  return async (request: FastifyRequest, payload: IncomingMessage): Promise<unknown> =>
    request.is404 ? undefined : parser(request, payload);
}

function jsonParser(limitBytes: number, stream: Parser): Parser {
  return async (request, payload) => {
    if (streamsOf(request)?.includes(JSON_MEDIA_TYPE)) return stream(request, payload);
    refuseCharset(request);
    refuseContentCoding(request);
    refuseDeclaredLength(request.headers['content-length'], limitBytes);
    const bytes = await wholeBody({ source: payload, isGzip: isGzip(request) }, limitBytes);
    if (streamsOf(request) === undefined) {
      return parseJson(bytes, request.routeOptions.config.jsonKeys);
    }
    return checkedJson(bytes, RAW_JSON_LIMITS).bytes;
  };
}

function streamParser(limitBytes: number): Parser {
  return (request, payload) => {
    if (!streamsOf(request)?.some((type) => type === mediaTypeOf(request))) {
      return refuseMediaType(request);
    }
    refuseCharset(request);
    refuseContentCoding(request);
    refuseDeclaredLength(request.headers['content-length'], limitBytes);
    return payload;
  };
}

function streamsOf(request: FastifyRequest): readonly StreamMediaType[] | undefined {
  return request.routeOptions.config.rawBody;
}

function refuseMediaType(request: FastifyRequest): never {
  const taken = [...new Set([JSON_MEDIA_TYPE, ...(streamsOf(request) ?? [])])].join(', ');
  const given = mediaTypeOf(request);
  const what =
    given === ''
      ? 'The body has no Content-Type.'
      : `Bodies of type ${JSON.stringify(given.slice(0, 100))} are not taken here.`;
  throw new Failure('unsupported_media_type', `${what} Send one of: ${taken}.`);
}

function refuseCharset(request: FastifyRequest): void {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(request.headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw new Failure('unsupported_media_type', 'Bodies are read as UTF-8 only. Send charset=utf-8 or none.');
  }
}

function refuseContentCoding(request: FastifyRequest): void {
  const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (coding !== 'identity' && !isGzip(request)) {
    throw new Failure('unsupported_media_type', 'The only Content-Encoding taken is gzip.');
  }
}
