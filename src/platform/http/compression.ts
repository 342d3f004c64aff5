import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CODINGS, codedTag } from './entity-tags.js';

/** Below it a body goes in a few packets either way, and answers from the cache stay as quick as they are. */
const THRESHOLD_BYTES = 16_384;

/**
 * Texts and uncompressed Arrow. Parquet is compressed as it is, and an event held back until a block is full comes too
 * late.
 */
const COMPRESSIBLE =
  /^(?:text\/(?!event-stream)[\w.+-]+|application\/(?:json|problem\+json|x-ndjson|javascript|vnd\.apache\.arrow\.stream))(?:;|$)/;

/**
 * Compresses large answers for callers who take it (`Accept-Encoding`), in other threads than the one that serves. To
 * be called before the first route is added (decisions/0021-compressed-answers-and-limits-of-downloads.md).
 */
export async function addCompression(fastify: FastifyInstance): Promise<void> {
  await fastify.register(compress, {
    globalDecompression: false,
    encodings: [...CODINGS],
    threshold: THRESHOLD_BYTES,
    // Nothing is compressed at once, on the event loop.
    syncThreshold: 0,
    customTypes: (type) => COMPRESSIBLE.test(type),
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
    zlibOptions: { level: 5 },
  });
  fastify.addHook('onRoute', (route) => {
    const hooks = [route.onSend ?? []].flat();
    // Of HEAD, Fastify removes the body before the plugin has seen it; its headers must be those of GET.
    route.onSend =
      route.method === 'HEAD' ? [...hooks.slice(1), tellCoding, ...hooks.slice(0, 1)] : [...hooks, tellCoding];
  });
}

/** Says that the answer depends on `Accept-Encoding`, and gives a compressed one a tag of its own. */
function tellCoding(
  _: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: null, payload: unknown) => void,
): void {
  const type = reply.getHeader('content-type');
  if (reply.statusCode === 304 || (typeof type === 'string' && COMPRESSIBLE.test(type))) varyByCoding(reply);
  const coding = reply.getHeader('content-encoding');
  const tag = reply.getHeader('etag');
  if (typeof coding === 'string' && typeof tag === 'string') reply.header('etag', codedTag(tag, coding));
  done(null, payload);
}

function varyByCoding(reply: FastifyReply): void {
  const names = [reply.getHeader('vary') ?? []].flat().join(', ');
  if (!names.includes('accept-encoding'))
    reply.header('vary', names === '' ? 'accept-encoding' : `${names}, accept-encoding`);
}
