import type { FastifyReply } from 'fastify';
import { matchOf } from './answer-version.js';
import type { AnswerOrHead } from './answer-bodies.js';
import { requestPath } from './to-answer.js';

/** An answer, and after how many seconds to ask again; null: it is final. */
export interface Told extends AnswerOrHead {
  readonly retryAfterS: number | null;
  /** Of the GET of this answer; null where it is not that. */
  readonly etag: string | null;
}

const LONGEST_PAUSE_S = 30;

/** Asks for patience in proportion to what a request has cost already: polling then finds its end at most about a quarter late. */
export function pauseS(ageMs: number): number {
  return Math.min(LONGEST_PAUSE_S, Math.max(1, Math.round(ageMs / 4000)));
}

/** The headers of a GET, 200 in every state. False: 304, and nothing is to be sent, as the caller has it already. */
export function tellKnown(reply: FastifyReply, told: Told, ifNoneMatch: string | undefined): boolean {
  tellState(reply, told);
  if (told.etag === null) return true;
  const known = matchOf(ifNoneMatch, told.etag);
  reply.header('etag', known ?? told.etag).header('cache-control', 'private, no-cache');
  if (known === null) return true;
  reply.status(304);
  return false;
}

/** The headers of a POST: 202 and where to ask again as long as the answer is not there. */
export function tellAccepted(reply: FastifyReply, told: Told, propertyId: string): void {
  if (told.retryAfterS === null) reply.status(200);
  else reply.status(202).header('location', requestPath(propertyId, told.answer.id));
  tellState(reply, told);
}

/** When to ask again. */
function tellState(reply: FastifyReply, { retryAfterS }: Told): void {
  if (retryAfterS !== null) reply.header('retry-after', String(retryAfterS));
}
