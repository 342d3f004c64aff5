import type { ServerOptions } from 'node:http';
import { LogController, type FastifyBaseLogger, type FastifyServerOptions } from 'fastify';
import type { Config } from '../config/config.js';
import { failureOf } from './failure-of.js';
import { refuseUnreadable } from './refuse-unreadable.js';
import { requestIdOf } from './request-id.js';
import { sendProblem } from './problem.js';

/** One body may take this long, however slowly it comes; a stream of events is one body. */
const REQUEST_TIMEOUT_MS = 3_600_000;

/** A socket on which nothing moves is closed; longer than the longest `wait` (60 s). */
const IDLE_TIMEOUT_MS = 120_000;

/** User ids have 256 bytes, cohort names 200 characters, and each byte may be percent-encoded. */
const MAX_PATH_PARAMETER = 2_500;

export function fastifyOptions(config: Config, logger: FastifyBaseLogger) {
  return {
    loggerInstance: logger,
    // One line for each request is written by EdgeHooks.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    requestIdHeader: false,
    genReqId: requestIdOf,
    bodyLimit: config.jsonBodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: IDLE_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER, ignoreTrailingSlash: true },
    // While the process stops, EdgeHooks answers with a problem instead.
    return503OnClosing: false,
    // Fastify's defaults turn '5' into 5 and drop unknown keys without a word.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allowUnionTypes: true } },
    frameworkErrors: (error, request, reply) => sendProblem(request, reply, failureOf(error)),
    clientErrorHandler: refuseUnreadable,
    // EdgeHooks refuses a request without one, with a problem.
    http: { requireHostHeader: false },
  } satisfies FastifyServerOptions & { http: ServerOptions };
}
