import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from '../app.module.js';
import { packageRoot } from '../platform/config/package-root.js';
import { readConfig } from '../platform/config/read-config.js';
import { buildOpenApi } from '../platform/http/openapi.js';

// Writes the OpenAPI document to packages/client, or to the path given. Starts nothing, so that it can be a step of the
// build.

/** Nothing connects to them: in preview mode Nest reads modules and controllers, and makes no provider. */
const NO_STORES = {
  databaseUrl: 'postgresql://nobody@nowhere/nothing',
  clickhouseUrl: 'http://nowhere',
  redisUrl: undefined,
};

const app = await NestFactory.create(AppModule.forRoot(readConfig({}), NO_STORES), new FastifyAdapter(), {
  preview: true,
  logger: false,
  abortOnError: false,
});
const path = process.argv[2] ?? join(packageRoot(), 'packages/client/openapi.json');
writeFileSync(path, `${JSON.stringify(buildOpenApi(app), null, 2)}\n`);
console.log(`${path} is written`);
process.exit(0);
