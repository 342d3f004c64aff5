import { createServer, type RequestListener, type Server } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config/config.js';
import { createTlsServer } from './tls.js';

type Limits = Pick<Config, 'connectionLimit' | 'headersTimeoutMs' | 'requestTimeoutMs' | 'idleTimeoutMs'>;

/** How often Node looks for connections that are late. */
const MAX_CHECK_MS = 5_000;

/**
 * The server of this process, with TLS or without, and its limits of number and time. Headers that come too slowly are
 * refused before there is a request; bodies are read of callers with a key alone, but for /v1/collect, whose key stands
 * in the body: that one has a time of its own.
 */
export function createServerOf(
  config: Limits & Pick<Config, 'tls'>,
  handler: RequestListener,
  logger: FastifyBaseLogger,
): Server {
  const checkMs = Math.min(MAX_CHECK_MS, Math.ceil(config.headersTimeoutMs / 4));
  const server =
    config.tls === undefined
      ? // EdgeHooks refuses a request without a host, with a problem.
        createServer(
          // Also where NODE_OPTIONS ask for the lenient one.
          { requireHostHeader: false, insecureHTTPParser: false, connectionsCheckingInterval: checkMs },
          handler,
        )
      : Object.assign(createTlsServer(config.tls, config.requestTimeoutMs, handler, logger), {
          connectionsCheckingInterval: checkMs,
        });
  server.headersTimeout = config.headersTimeoutMs;
  server.requestTimeout = config.requestTimeoutMs;
  server.setTimeout(config.idleTimeoutMs);
  if (config.connectionLimit > 0) server.maxConnections = config.connectionLimit;
  return server;
}
