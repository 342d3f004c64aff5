import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { DataSource } from 'typeorm';
import { AccountsModule } from '../../../src/accounts/accounts.module.js';
import { AccountsService } from '../../../src/accounts/accounts.service.js';
import { ENTITIES } from '../../../src/entities.js';
import { EventsModule } from '../../../src/events/events.module.js';
import { JobsModule } from '../../../src/jobs/jobs.module.js';
import type { Config, StoreUrls } from '../../../src/platform/config/config.js';
import { readConfig } from '../../../src/platform/config/read-config.js';
import { HealthModule } from '../../../src/platform/health/health.module.js';
import { createHttpApp } from '../../../src/platform/http/create-http-app.js';
import { HttpModule } from '../../../src/platform/http/http.module.js';
import type { IngestAnswerDto } from '../../../src/properties/ingest/ingest-answer.dto.js';
import { PROPERTY_DELETIONS } from '../../../src/properties/deletion/property-deletion.entity.js';
import { JournalEntryEntity } from '../../../src/properties/journal/journal-entry.entity.js';
import { JournalFlush } from '../../../src/properties/journal/journal-flush.service.js';
import { PropertiesModule } from '../../../src/properties/properties.module.js';
import { PropertyEntity } from '../../../src/properties/property.entity.js';
import { Engine } from '../../../src/stores/clickhouse/engine.js';
import { QueueModule } from '../../../src/stores/queue/queue.module.js';
import { StoresModule } from '../../../src/stores/stores.module.js';
import { UsersModule } from '../../../src/users/users.module.js';
import { callHttp } from '../../support/call-http.js';
import { startTestEngine, type TestEngine, type TestEngineOptions } from '../../support/embedded-engine.js';
import { startTestDatabase, type TestDatabase } from '../../support/embedded-postgres.js';

@Module({})
class TestedModule {
  static forRoot(config: Config, urls: StoreUrls): DynamicModule {
    return {
      module: TestedModule,
      imports: [
        StoresModule.forRoot(config, urls, ENTITIES),
        HttpModule,
        HealthModule.forRoot({
          inject: [],
          useFactory: () => ({
            database: () => Promise.resolve(),
            engine: () => Promise.resolve(),
            queue: () => Promise.resolve(),
          }),
        }),
        QueueModule.forRoot(urls, [PROPERTY_DELETIONS.name]),
        JobsModule.forKinds([PROPERTY_DELETIONS]),
        AccountsModule,
        PropertiesModule,
        EventsModule,
        UsersModule,
      ],
    };
  }
}

export interface Stores {
  readonly engine: TestEngine;
  readonly database: TestDatabase;
  stop(): Promise<void>;
}

export async function startStores(options: TestEngineOptions = {}): Promise<Stores> {
  const [engine, database] = await Promise.all([startTestEngine(options), startTestDatabase()]);
  return { engine, database, stop: async () => void (await Promise.all([engine.stop(), database.stop()])) };
}

export type Body = string | Buffer | readonly unknown[] | Readable;

export interface IngestApp {
  readonly dataDir: string;
  readonly url: string;
  readonly key: string;
  get<T>(type: Type<T>): T;
  /** A new property. */
  property(): Promise<PropertyEntity>;
  /** POSTs; a list goes as JSON, all else as NDJSON unless headers say otherwise. */
  post<T = IngestAnswerDto>(
    path: string,
    body: Body,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: T }>;
  getJson<T>(path: string): Promise<{ status: number; body: T }>;
  delete<T>(path: string): Promise<{ status: number; body: T }>;
  patch<T>(
    path: string,
    body: object,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: T; etag: string | null }>;
  /** Of the engine, which has all that was committed by then. */
  rows<T>(sql: string, params?: Record<string, unknown>): Promise<T[]>;
  stop(): Promise<void>;
}

/**
 * The real modules that take data in, over real HTTP. Several on the same stores are several processes: give them one
 * data folder.
 */
export async function startIngestApp(
  { engine, database }: Stores,
  settings: Partial<Config> = {},
  folder?: string,
): Promise<IngestApp> {
  const dataDir = folder ?? (await mkdtemp(join(tmpdir(), 'muster-ingest-')));
  const urls = { databaseUrl: database.url, clickhouseUrl: engine.url, redisUrl: undefined };
  const config: Config = { ...readConfig({}), ...urls, ...settings, dataDir };
  const app: NestFastifyApplication = await createHttpApp(TestedModule.forRoot(config, urls), {
    config,
    logger: pino({ level: 'silent' }),
    nest: { logger: false },
  });
  await app.listen(0, '127.0.0.1');
  await app.get(AccountsService, { strict: false }).ensureFirst();
  const key = (await readFile(join(dataDir, 'admin-key'), 'utf8')).trim();
  const url = await app.getUrl();
  const authorization = `Bearer ${key}`;
  let properties = 0;
  return {
    dataDir,
    url,
    key,
    get: (type) => app.get(type, { strict: false }),
    property: async () => {
      const slug = `p${process.pid}-${performance.now().toFixed(3).replace('.', '-')}-${properties++}`;
      await callHttp(url, 'POST', '/v1/properties', { headers: { authorization }, body: { slug, name: slug } });
      return app.get(DataSource, { strict: false }).manager.findOneByOrFail(PropertyEntity, { slug });
    },
    post: async <T>(path: string, body: Body, headers: Record<string, string> = {}) => {
      const type = Array.isArray(body) ? 'application/json' : 'application/x-ndjson';
      const sent = { headers: { authorization, 'content-type': type, ...headers }, body };
      if (body instanceof Readable) return await postStream<T>(`${url}/v1/properties/${path}`, sent.headers, body);
      const answer = await callHttp(url, 'POST', `/v1/properties/${path}`, sent);
      return { status: answer.status, body: answer.json<T>() };
    },
    getJson: async <T>(path: string) => {
      const answer = await callHttp(url, 'GET', `/v1/properties/${path}`, { headers: { authorization } });
      return { status: answer.status, body: answer.json<T>() };
    },
    delete: async <T>(path: string) => {
      const answer = await callHttp(url, 'DELETE', `/v1/properties/${path}`, { headers: { authorization } });
      return { status: answer.status, body: answer.json<T>() };
    },
    patch: async <T>(path: string, body: object, headers: Record<string, string> = {}) => {
      const sent = { headers: { authorization, ...headers }, body };
      const answer = await callHttp(url, 'PATCH', `/v1/properties/${path}`, sent);
      return { status: answer.status, body: answer.json<T>(), etag: answer.headers['etag'] ?? null };
    },
    rows: async <T>(sql: string, params = {}) => {
      await flushAll(app);
      return (await app.get(Engine, { strict: false }).rows<T>({ sql, params })).rows;
    },
    stop: async () => {
      await app.close();
      if (folder === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Sends all that is in the journal to the engine. */
async function flushAll(app: NestFastifyApplication): Promise<void> {
  const entries = await app.get(DataSource, { strict: false }).manager.find(JournalEntryEntity);
  const flush = app.get(JournalFlush, { strict: false });
  for (const { propertyId, firstSeq } of entries) await flush.flush(propertyId, firstSeq);
}

/** A body that is sent piece by piece, and none of it kept: supertest sends whole ones. */
async function postStream<T>(
  url: string,
  headers: Record<string, string>,
  body: Readable,
): Promise<{ status: number; body: T }> {
  const call = request(url, { method: 'POST', headers });
  const [[answer]] = (await Promise.all([once(call, 'response'), pipeline(body, call)])) as [[IncomingMessage], void];
  return { status: answer.statusCode ?? 0, body: (await json(answer)) as T };
}

/** An event of the first of January 2024. */
export function event(user: string, fields: object = {}): object {
  return { user, event: 'e', time: '2024-01-01T00:00:00Z', ...fields };
}

/** Of one user, more than a batch of the journal may have. */
export function manyEvents(user = 'a'): object[] {
  return Array.from({ length: 600 }, (_, i) => event(user, { id: `${i}` }));
}

export function ndjson(items: readonly unknown[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join('');
}
