import type { DynamicModule, NestApplicationOptions, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config/config.js';
import { DiskSpace } from '../health/disk-space.js';
import { Readiness } from '../health/readiness.js';
import { collectRoutes } from './allowed-methods.js';
import { addBodyParsers } from './body-parsers.js';
import { addCompression } from './compression.js';
import { addEdgeHooks } from './edge-hooks.js';
import { fastifyOptions } from './fastify-options.js';
import { watchAnswers } from './refuse-unreadable.js';
import { serveDocs } from './openapi.js';

export interface HttpAppOptions {
  readonly config: Config;
  /** Takes the request lines too, each with its request id. */
  readonly logger: FastifyBaseLogger;
  readonly nest?: NestApplicationOptions;
}

/**
 * The application of a module that holds HttpModule and HealthModule, ready to listen: order of the edge is request id, life cycle, authentication
 * (AccountsModule), body, guards, pipes, handler (decisions/0007-http-edge.md). Call `listen`, or `init` and `inject` in tests.
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
  await addCompression(fastify);
  collectRoutes(fastify);
  watchAnswers(fastify.server);
  addEdgeHooks(
    fastify,
    config.role,
    () => readiness?.phase ?? 'starting',
    () => disk?.refusal() ?? Promise.resolve(null),
  );
  addBodyParsers(fastify, config);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { ...nest, bodyParser: false });
  readiness = app.get(Readiness);
  disk = app.get(DiskSpace);
  serveDocs(app);
  return app;
}
