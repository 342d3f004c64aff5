import type { FastifyReply } from 'fastify';
import { matches } from './answer-version.js';
import type { AnswerDto } from './answer.dto.js';
import { requestPath } from './to-answer.js';

/** An answer, and after how many seconds to ask again; null: it is final. */
export interface Told {
  readonly answer: AnswerDto;
  readonly retryAfterS: number | null;
  /** Of the GET of this answer; null where it is not that. */
  readonly etag: string | null;
}

const LONGEST_PAUSE_S = 30;

/** Asks for patience in proportion to what a request has cost already: polling then finds its end at most about a quarter late. */
export function pauseS(ageMs: number): number {
  return Math.min(LONGEST_PAUSE_S, Math.max(1, Math.round(ageMs / 4000)));
}

/** The answer of a GET, 200 in every state; 304, and nothing, where the caller has it already. */
export function tellKnown(reply: FastifyReply, told: Told, ifNoneMatch: string | undefined): AnswerDto | undefined {
  if (told.etag !== null) reply.header('etag', told.etag).header('cache-control', 'private, no-cache');
  if (told.etag === null || !matches(ifNoneMatch, told.etag)) return tellState(reply, told);
  tellState(reply.status(304), told);
  return undefined;
}

/** The answer in any state, and when to ask again. */
export function tellState(reply: FastifyReply, { answer, retryAfterS }: Told): AnswerDto {
  if (retryAfterS !== null) reply.header('retry-after', String(retryAfterS));
  return answer;
}

/** The answer of a POST: 202 and where to ask again as long as it is not there. */
export function tellAccepted(reply: FastifyReply, told: Told, propertyId: string): AnswerDto {
  if (told.retryAfterS === null) reply.status(200);
  else reply.status(202).header('location', requestPath(propertyId, told.answer.id));
  return tellState(reply, told);
}
