import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { unrouted } from './allowed-methods.js';
import { failureOf } from './failure-of.js';
import { sendProblem } from './send-problem.js';

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
