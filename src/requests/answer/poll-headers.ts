import type { FastifyReply } from 'fastify';
import { matchOf } from './answer-version.js';
import type { AnswerOrHead } from './answer-bodies.js';
import { requestPath } from './to-answer.js';

/** An answer, and after how many seconds to ask again; null: it is final. */
export interface AnswerToPoll extends AnswerOrHead {
  readonly retryAfterS: number | null;
  /** Of the GET of this answer; null where it is not that. */
  readonly etag: string | null;
}

const LONGEST_PAUSE_S = 30;

/** Asks for patience in proportion to what a request has cost already: polling then finds its end at most about a quarter late. */
export function retryAfterSeconds(ageMs: number): number {
  return Math.min(LONGEST_PAUSE_S, Math.max(1, Math.round(ageMs / 4000)));
}

/** The headers of a GET, 200 in every state. False: 304, and nothing is to be sent, as the caller has it already. */
export function sendKnown(reply: FastifyReply, reported: AnswerToPoll, ifNoneMatch: string | undefined): boolean {
  sendRetryAfter(reply, reported);
  if (reported.etag === null) return true;
  const known = matchOf(ifNoneMatch, reported.etag);
  reply.header('etag', known ?? reported.etag).header('cache-control', 'private, no-cache');
  if (known === null) return true;
  reply.status(304);
  return false;
}

/** The headers of a POST: 202 and where to ask again as long as the answer is not there. */
export function sendAccepted(reply: FastifyReply, reported: AnswerToPoll, propertyId: string): void {
  if (reported.retryAfterS === null) reply.status(200);
  else reply.status(202).header('location', requestPath(propertyId, reported.answer.id));
  sendRetryAfter(reply, reported);
}

/** When to ask again. */
function sendRetryAfter(reply: FastifyReply, { retryAfterS }: AnswerToPoll): void {
  if (retryAfterS !== null) reply.header('retry-after', String(retryAfterS));
}
