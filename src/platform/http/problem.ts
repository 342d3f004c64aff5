import { ERROR_CODES } from '../../core/error-codes.js';
import type { Failure, FieldError } from '../../core/failure.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { unrouted } from './allowed-methods.js';
import { failureOf } from './failure-of.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** More would help nobody; the count of errors is not part of the contract. */
const MAX_ERRORS = 100;

/** An RFC 9457 problem document, with our stable `code` and the places that are wrong. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly errors?: readonly FieldError[];
  readonly [extra: string]: unknown;
}

/** `type` is `urn:muster:error:<code>`, `instance` names this one answer by its request id. */
export function problemOf(failure: Failure, requestId: string): Problem {
  return {
    ...failure.extra,
    type: `urn:muster:error:${failure.code}`,
    title: ERROR_CODES[failure.code].title,
    status: failure.status,
    detail: failure.detail,
    instance: `urn:muster:request:${encodeURIComponent(requestId)}`,
    code: failure.code,
    ...(failure.errors.length > 0 && { errors: failure.errors.slice(0, MAX_ERRORS) }),
  };
}

const RETRY_AFTER_SECONDS = 2;
/** Statuses that pass by themselves: `Retry-After` says when to try again. */
const WITH_RETRY_AFTER: ReadonlySet<number> = new Set([429, 503, 507]);

/**
 * Sends a failure as a problem document. An answer that has begun cannot be taken back: its connection is cut, so that
 * nobody takes it for complete.
 */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, failure: Failure): void {
  if (reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  if (failure.code === 'unauthenticated') {
    reply.header('www-authenticate', 'Bearer realm="muster"');
  }
  if (WITH_RETRY_AFTER.has(failure.status)) {
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

/** Answers everything that is thrown, in hooks, parsers, guards, pipes and handlers alike, as a problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const failure = request.is404 ? unrouted(request, reply, failureOf(thrown)) : failureOf(thrown);
    if (failure.status >= 500) {
      request.log.error({ err: thrown, code: failure.code }, 'request failed');
    }
    sendProblem(request, reply, failure);
  }
}
