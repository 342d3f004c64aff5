import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import cookie from '@fastify/cookie';
import { LogController, type FastifyBaseLogger, type FastifyServerOptions } from 'fastify';
import type { Config } from '../config/config.js';
import { packageRoot } from '../config/package-root.js';
import { failureOf } from './failure-of.js';
import { refuseUnreadable, watchAnswers } from './refuse-unreadable.js';
import { sendProblem } from './problem.js';
import type { DynamicModule, NestApplicationOptions, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DiskSpace } from '../health/disk-space.js';
import { Readiness } from '../health/readiness.js';
import { addConsole } from './console-pages.js';
import { collectRoutes } from './allowed-methods.js';
import { addBodyParsers } from './body-parsers.js';
import { addCompression } from './compression.js';
import { addEdgeHooks } from './edge-hooks.js';
import { isReachedFromElsewhere } from './from-here.js';
import { createServerOf } from './http-server.js';
import { serveDocs } from './openapi.js';

/** Request ids that are safe in a log line and in a header. */
const ACCEPTED = /^[\w.:+/=-]{1,128}$/;

/**
 * The caller's `X-Request-Id` where it is harmless, else a new one. Log lines, the answer's header and problems carry
 * it.
 */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTED.test(given) ? given : randomUUID();
}

/** User ids have 256 bytes, cohort names 200 characters, and each byte may be percent-encoded. */
const MAX_PATH_PARAMETER = 2_500;

function fastifyOptions(config: Config, logger: FastifyBaseLogger) {
  return {
    loggerInstance: logger,
    // One line for each request is written by EdgeHooks.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    requestIdHeader: false,
    genReqId: requestIdOf,
    bodyLimit: config.jsonBodyLimitBytes,
    trustProxy: [...config.trustedProxies],
    serverFactory: (handler) => createServerOf(config, handler, logger),
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER, ignoreTrailingSlash: true },
    // While the process stops, EdgeHooks answers with a problem instead.
    return503OnClosing: false,
    // Fastify's defaults turn '5' into 5 and drop unknown keys without a word.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allowUnionTypes: true } },
    frameworkErrors: (error, request, reply) => sendProblem(request, reply, failureOf(error)),
    clientErrorHandler: refuseUnreadable,
  } satisfies FastifyServerOptions;
}

export interface HttpAppOptions {
  readonly config: Config;
  /** Takes the request lines too, each with its request id. */
  readonly logger: FastifyBaseLogger;
  readonly nest?: NestApplicationOptions;
}

/**
 * The application of a module that holds HttpModule and HealthModule, ready to listen: order of the edge is request id,
 * life cycle, authentication (AccountsModule), body, guards, pipes, handler (decisions/0007-http-edge.md). Call
 * `listen`, or `init` and `inject` in tests.
 */
export async function createHttpApp(
  module: Type | DynamicModule,
  options: HttpAppOptions,
): Promise<NestFastifyApplication> {
  const { config, logger, nest } = options;
  const adapter = new FastifyAdapter(fastifyOptions(config, logger));
  const fastify = adapter.getInstance();
  let readiness: Readiness | undefined;
  let disk: DiskSpace | undefined;
  // RFC 9110, 10.1.1 leaves it to us: what is expected beyond `100-continue` is no reason to refuse.
  fastify.server.on('checkExpectation', (request, response) => fastify.server.emit('request', request, response));
  fastify.decorate('isReachedFromElsewhere', isReachedFromElsewhere(config));
  await fastify.register(cookie);
  await addCompression(fastify);
  collectRoutes(fastify);
  watchAnswers(fastify.server);
  addEdgeHooks(
    fastify,
    config,
    () => readiness?.phase ?? 'starting',
    () => disk?.refusal() ?? Promise.resolve(null),
  );
  addBodyParsers(fastify, config);
  await addConsole(fastify, join(packageRoot(), 'web/dist'));
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { ...nest, bodyParser: false });
  readiness = app.get(Readiness);
  disk = app.get(DiskSpace);
  serveDocs(app);
  return app;
}
