import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, Module, type DynamicModule } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import type { DataSource } from 'typeorm';
import { AccountsModule } from '../../../src/accounts/accounts.module.js';
import { AccountsService } from '../../../src/accounts/accounts.service.js';
import { COHORT_EVALUATIONS } from '../../../src/cohorts/cohort-evaluation.entity.js';
import { CohortsModule } from '../../../src/cohorts/cohorts.module.js';
import { ENTITIES } from '../../../src/entities.js';
import { CatalogueModule } from '../../../src/catalogue/catalogue.module.js';
import { JobsModule } from '../../../src/jobs/jobs.module.js';
import type { Config, StoreUrls } from '../../../src/platform/config/config.js';
import { readConfig } from '../../../src/platform/config/read-config.js';
import { HealthModule } from '../../../src/platform/health/health.module.js';
import { createHttpApp } from '../../../src/platform/http/create-http-app.js';
import { HttpModule } from '../../../src/platform/http/http.module.js';
import { PROPERTY_DELETIONS } from '../../../src/properties/deletion/property-deletion.entity.js';
import { PropertiesModule } from '../../../src/properties/properties.module.js';
import { Engine } from '../../../src/stores/clickhouse/engine.js';
import { QueueModule } from '../../../src/stores/queue/queue.module.js';
import { StoresModule } from '../../../src/stores/stores.module.js';
import { startTestEngine } from '../../support/embedded-engine.js';
import { callHttp, type Method } from '../../support/call-http.js';
import { startTestDatabase } from '../../support/embedded-postgres.js';

const KINDS = [COHORT_EVALUATIONS, PROPERTY_DELETIONS];

/** A route whose author has forgotten to say what it needs. */
@Controller('v1/undeclared')
class UndeclaredController {
  @Get()
  tell(): object {
    return {};
  }
}

/** Every feature that needs no data, on real stores. */
@Module({ controllers: [UndeclaredController] })
class TestedModule {
  static forRoot(config: Config, urls: StoreUrls): DynamicModule {
    return {
      module: TestedModule,
      imports: [
        StoresModule.forRoot(config, urls, ENTITIES),
        HttpModule,
        HealthModule.forRoot<[DataSource, Engine]>({
          inject: [getDataSourceToken(), Engine],
          useFactory: (database, engine) => ({
            database: () => database.query('SELECT 1'),
            engine: () => engine.ping(),
          }),
        }),
        QueueModule.forRoot(
          urls,
          KINDS.map(({ name }) => name),
        ),
        JobsModule.forKinds(KINDS),
        AccountsModule,
        PropertiesModule,
        CohortsModule,
        CatalogueModule,
      ],
    };
  }
}

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Record<string, string | string[] | number | undefined>;
}

export interface HttpApp {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly accounts: AccountsService;
  readonly database: DataSource;
  readonly dataDir: string;
  readonly key: string;
  /**
   * Calls the API with the admin key, or with `authorization` (null: none). `T` is what the caller expects the body to
   * be.
   */
  call<T = Record<string, unknown>>(
    method: Method,
    url: string,
    body?: unknown,
    authorization?: string | null,
  ): Promise<Answer<T>>;
  stop(): Promise<void>;
}

export async function startHttpApp(): Promise<HttpApp> {
  const [database, engine, dataDir] = await Promise.all([
    startTestDatabase(),
    startTestEngine(),
    mkdtemp(join(tmpdir(), 'muster-http-')),
  ]);
  const config = readConfig({ MUSTER_DATA_DIR: dataDir });
  const urls = { databaseUrl: database.url, clickhouseUrl: engine.url, redisUrl: undefined };
  const logger = pino({ level: 'silent' });
  const app = await createHttpApp(TestedModule.forRoot(config, urls), { config, logger, nest: { logger: false } });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const accounts = app.get(AccountsService, { strict: false });
  await accounts.ensureFirst();
  const key = (await readFile(join(dataDir, 'admin-key'), 'utf8')).trim();
  return {
    app,
    url,
    accounts,
    database: app.get<DataSource>(getDataSourceToken(), { strict: false }),
    dataDir,
    key,
    call: caller(url, key),
    stop: async () => {
      await app.close();
      await Promise.all([database.stop(), engine.stop(), rm(dataDir, { recursive: true })]);
    },
  };
}

function caller(url: string, key: string): HttpApp['call'] {
  return async <T>(method: Method, path: string, body?: unknown, authorization: string | null = `Bearer ${key}`) => {
    const { status, text, headers } = await callHttp(url, method, path, {
      headers: {
        ...(authorization !== null && { authorization }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: typeof body === 'string' || body === undefined ? body : JSON.stringify(body),
    });
    return { status, body: (text === '' ? undefined : JSON.parse(text)) as T, headers };
  };
}
