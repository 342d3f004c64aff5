import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { setCaller, type Authenticated } from './authenticated.js';
import { Authenticator } from './authenticator.service.js';
import { withoutPeople } from '../core/access/without-people.js';
import { refuseOtherSite, sessionTokenOf } from './session-cookie.js';
import { SessionFinder } from './session-finder.service.js';
import { authorize, grantsHere, refuseArchived } from './authorization.js';
import { RateLimits } from './rate-limits.service.js';

/**
 * Asks for a key or a session, reads the property that the path names, and holds the caller to what the route needs, on
 * every route under /v1, in a hook that runs before the body is read: a caller who may not do it cannot make us read,
 * inflate or parse anything, and gets 401, 403 or 404 whatever the body is. Guards would run after the parser. Answers in
 * JSON go through `withoutPeople` where the caller may not see single users.
 */
@Injectable()
export class Authentication implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly authenticator: Authenticator,
    private readonly sessions: SessionFinder,
    private readonly rates: RateLimits,
  ) {}

  onModuleInit(): void {
    // A worker has no HTTP server.
    const fastify = this.host.httpAdapter?.getInstance();
    fastify?.addHook('preSerialization', (request, _, answer, done) => {
      done(null, request.narrowAnswer === undefined ? answer : request.narrowAnswer(answer as object));
    });
    fastify?.addHook('onRequest', async (request, reply) => {
      if (isProtected(request)) {
        const caller = await this.caller(request);
        // Before it is known who calls, so that a call that is refused costs no entry of the audit log.
        this.rates.request(caller.principal, reply);
        setCaller(request, caller);
        if (request.property !== undefined && !grantsHere(request).has('people:read')) {
          request.narrowAnswer = (answer) => withoutPeople(answer) as object;
        }
        authorize(request);
        refuseArchived(request);
      }
    });
  }

  /** By the key where there is one, else by the cookie of a session: never by both. */
  private async caller(request: FastifyRequest): Promise<Authenticated> {
    const { property: named } = request.params as { property?: string };
    const { authorization } = request.headers;
    const token = authorization === undefined ? sessionTokenOf(request) : null;
    if (token === null) return await this.authenticator.authenticate(authorization, named);
    const found = await this.sessions.find(token, named);
    refuseOtherSite(request, token);
    return found;
  }
}

/**
 * Not where nobody is asked for, nor where the key stands in the body or the query (`PublicKeys`). By the pattern of the
 * route that was matched, not by the path as written (`/%761/...` is the same route); an unknown path goes by what is
 * written.
 */
function isProtected(request: FastifyRequest): boolean {
  const where = request.routeOptions.config.need?.where;
  if (where === 'nobody' || where === 'page') return false;
  const path = request.routeOptions.url ?? request.url;
  return /^\/v1(\/|\?|$)/.test(path);
}
