import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { Authenticator } from './authenticator.service.js';
import { withoutPeople } from '../core/access/without-people.js';
import { authorize, grantsHere } from './authorization.js';

/**
 * Asks for a key, reads the property that the path names, and holds the caller to what the route needs, on every route
 * under /v1, in a hook that runs before the body is read: a caller who may not do it cannot make us read, inflate or
 * parse anything, and gets 401, 403 or 404 whatever the body is. Guards would run after the parser. Answers in JSON go
 * through `withoutPeople` where the caller may not see single users.
 */
@Injectable()
export class Authentication implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly authenticator: Authenticator,
  ) {}

  onModuleInit(): void {
    // A worker has no HTTP server.
    const fastify = this.host.httpAdapter?.getInstance();
    fastify?.addHook('preSerialization', (request, _, answer, done) => {
      done(null, request.narrowAnswer === undefined ? answer : request.narrowAnswer(answer as object));
    });
    fastify?.addHook('onRequest', async (request) => {
      if (isProtected(request)) {
        const { property: named } = request.params as { property?: string };
        const { authorization } = request.headers;
        const { principal, property, stamp, revision } = await this.authenticator.authenticate(authorization, named);
        request.principal = principal;
        if (property !== null) {
          request.property = property;
          request.propertyStamp = stamp;
          request.propertyRevision = revision;
        }
        if (request.property !== undefined && !grantsHere(request).has('people:read')) {
          request.narrowAnswer = (answer) => withoutPeople(answer) as object;
        }
        authorize(request);
      }
    });
  }
}

/**
 * By the pattern of the route that was matched, not by the path as written (`/%761/...` is the same route); an unknown
 * path goes by what is written.
 */
function isProtected(request: FastifyRequest): boolean {
  const path = request.routeOptions.url ?? request.url;
  return /^\/v1(\/|\?|$)/.test(path);
}
