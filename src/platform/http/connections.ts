import { constants, Http2ServerResponse, type ServerHttp2Stream } from 'node:http2';
import { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';

/** Aborts when the connection of a request closes, or its response has been sent: nobody reads any more. */
export function connectionClosed({ raw }: FastifyReply): AbortSignal {
  const closed = new AbortController();
  raw.once('close', () => closed.abort());
  if (raw.destroyed) closed.abort();
  return closed.signal;
}

/**
 * Closes the connection when its reader has taken nothing for `idleMs` of what lies ready. Where nothing lies ready the
 * response waits for the engine.
 */
export function closeUnread(reply: FastifyReply, idleMs: number): void {
  const stream = streamOf(reply);
  if (stream !== undefined) {
    const look = (): void => {
      if (stream.writableLength > 0) stream.close(constants.NGHTTP2_CANCEL);
      else stream.setTimeout(idleMs, look);
    };
    return void stream.setTimeout(idleMs, look);
  }
  setIdleLimit(reply, idleMs);
  reply.raw.on('timeout', (socket: Socket) => {
    if (socket.writableLength > 0) socket.destroy();
    else socket.setTimeout(idleMs);
  });
}

/** Of an answer over HTTP/2, where a connection has many. */
function streamOf({ raw }: FastifyReply): ServerHttp2Stream | undefined {
  return raw instanceof Http2ServerResponse ? raw.stream : undefined;
}

/** 0: none. Node sets its own again for the next request; a call from within has no connection. */
export function setIdleLimit({ raw: { socket } }: FastifyReply, idleMs: number): void {
  if (socket instanceof Socket) socket.setTimeout(idleMs);
}
