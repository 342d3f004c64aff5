import type { FastifyReply } from 'fastify';

/** Aborts when the connection of a request closes, or its answer has been sent: nobody reads on then. */
export function connectionClosed({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  if (raw.destroyed) gone.abort();
  return gone.signal;
}
