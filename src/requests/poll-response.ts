import type { FastifyReply } from 'fastify';
import { matchedTag } from '../platform/http/entity-tags.js';
import type { AnswerToPoll } from './answer/answers.service.js';
import { requestPath } from './answer/to-answer.js';

/**
 * Sets the headers of a GET, which is 200 in every state. False: 304, and no body is sent, as the caller has the answer
 * already.
 */
export function sendKnown(reply: FastifyReply, reported: AnswerToPoll, ifNoneMatch: string | undefined): boolean {
  sendRetryAfter(reply, reported);
  if (reported.etag === null) return true;
  const known = matchedTag(ifNoneMatch, reported.etag);
  reply.header('etag', known ?? reported.etag).header('cache-control', 'private, no-cache');
  if (known === null) return true;
  reply.status(304);
  return false;
}

/** Sets the headers of a POST: 200 with a final answer, else 202 and where to poll. */
export function sendAccepted(reply: FastifyReply, reported: AnswerToPoll, propertyId: string): void {
  if (reported.retryAfterS === null) reply.status(200);
  else reply.status(202).header('location', requestPath(propertyId, reported.answer.id));
  sendRetryAfter(reply, reported);
}

function sendRetryAfter(reply: FastifyReply, { retryAfterS }: AnswerToPoll): void {
  if (retryAfterS !== null) reply.header('retry-after', String(retryAfterS));
}
