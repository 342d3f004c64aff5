import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Failure } from '../../core/failure.js';
import { problemOf, PROBLEM_MEDIA_TYPE } from './problem.js';

const RETRY_AFTER_SECONDS = 2;
/** Statuses that pass by themselves: when to come again is told. */
const TELL_WHEN: ReadonlySet<number> = new Set([429, 503, 507]);

/** Sends a failure as a problem document. An answer that has begun cannot be taken back: its connection is cut, so that nobody takes it for complete. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, failure: Failure): void {
  if (reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  if (failure.code === 'unauthenticated') {
    reply.header('www-authenticate', 'Bearer realm="muster"');
  }
  if (TELL_WHEN.has(failure.status)) {
    reply.header('retry-after', failure.extra['retry_after'] ?? RETRY_AFTER_SECONDS);
  }
  // Fastify closes after a refused body; ours are drained (EdgeHooks), which lets a sender in mid-body read the answer.
  reply.removeHeader('connection');
  reply
    .header('x-request-id', request.id)
    .status(failure.status)
    .type(PROBLEM_MEDIA_TYPE)
    .send(problemOf(failure, request.id));
}
