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
  setIdleLimit(reply, idleMs);
  reply.raw.on('timeout', (socket: Socket) => {
    if (socket.writableLength > 0) socket.destroy();
    else socket.setTimeout(idleMs);
  });
}

/** 0: none. Node sets its own again for the next request; a call from within has no connection. */
export function setIdleLimit({ raw: { socket } }: FastifyReply, idleMs: number): void {
  if (socket instanceof Socket) socket.setTimeout(idleMs);
}
