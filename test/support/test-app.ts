import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccountsService } from '../../src/accounts/accounts.service.js';
import { AppModule } from '../../src/app.module.js';
import type { Config } from '../../src/platform/config/config.js';
import { readConfig } from '../../src/platform/config/read-config.js';
import { createHttpApp } from '../../src/platform/http/create-http-app.js';
import { createLogger } from '../../src/platform/logging/logger.js';
import { NestLogger } from '../../src/platform/logging/nest-logger.js';
import { callHttp, type Method, type TestResponse } from './call-http.js';
import type { TestStores } from './test-stores.js';

/** One process of Muster on given stores, on a port of its own. */
export interface TestApp {
  readonly nest: NestFastifyApplication;
  readonly url: string;
  readonly adminKey: string;
  /** A call with the admin key of a path below /v1/properties/default. */
  call(method: Method, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<TestResponse>;
  get<T>(type: Type<T>): T;
  /** The orderly end: running jobs are given their time, then handed back. */
  stop(): Promise<void>;
}

/** Starts Nest with the real modules. Several on the same stores share the account and key that the first one makes. */
export async function startTestApp(
  { urls, dataDir }: Pick<TestStores, 'urls' | 'dataDir'>,
  settings: Partial<Config> = {},
): Promise<TestApp> {
  const config: Config = {
    ...readConfig({}),
    ...urls,
    shutdownGraceMs: 2000,
    activeUsersEveryMs: 0,
    ...settings,
    dataDir,
  };
  const logger = createLogger(process.env['MUSTER_TEST_LOG'] ?? 'silent');
  const options = { config, logger, nest: { logger: new NestLogger(logger), abortOnError: false } };
  const nest = await createHttpApp(AppModule.forRoot(config, urls), options);
  await nest.listen(0, '127.0.0.1');
  const url = await nest.getUrl();
  const { key } = await nest.get(AccountsService).ensureFirst();
  const adminKey = key ?? adminKeyIn(dataDir);
  return {
    nest,
    url,
    adminKey,
    call: (method, path, body, headers = {}) => {
      // Resolves `..`, as browsers do.
      const { pathname, search } = new URL(`${url}/v1/properties/default${path}`);
      const sent = { headers: { authorization: `Bearer ${adminKey}`, ...headers }, body };
      return callHttp(url, method, pathname + search, sent);
    },
    get: (type) => nest.get(type, { strict: false }),
    stop: () => nest.close(),
  };
}

function adminKeyIn(dataDir: string): string {
  return readFileSync(join(dataDir, 'admin-key'), 'utf8').trim();
}
