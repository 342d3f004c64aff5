import { Writable } from 'node:stream';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { AccountsService } from '../../../src/accounts/accounts.service.js';
import { AppModule } from '../../../src/app.module.js';
import { readConfig } from '../../../src/platform/config/read-config.js';
import { createHttpApp } from '../../../src/platform/http/create-http-app.js';
import { createLogger } from '../../../src/platform/logging/logger.js';
import { NestLogger } from '../../../src/platform/logging/nest-logger.js';
import { Engine } from '../../../src/stores/clickhouse/engine.js';
import type { TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { makeSite, type Site } from './collect-world.js';
import { ADDRESSES, AGENTS, DAILY, DENIED, KEPT, OPEN, PARAMETERS, sendEverything, TYPED } from './everything-sent.js';

let stores: TestStores;
let nest: NestFastifyApplication;
let site: Site;
let daily: Site;
let url: string;
let logged = '';

beforeAll(async () => {
  stores = await startTestStores();
  const config = { ...readConfig({}), ...stores.urls, dataDir: stores.dataDir, trustedProxies: ['127.0.0.1'] };
  const stream = new Writable({
    write: (line, _, done) => {
      logged += String(line);
      done();
    },
  });
  const logger = createLogger('trace', stream);
  const options = { config, logger, nest: { logger: new NestLogger(logger), abortOnError: false } };
  nest = await createHttpApp(AppModule.forRoot(config, stores.urls), options);
  await nest.listen(0, '127.0.0.1');
  url = await nest.getUrl();
  const { key: adminKey } = await nest.get(AccountsService, { strict: false }).ensureFirst();
  const get: TestApp['get'] = (type) => nest.get(type, { strict: false });
  const app = { nest, url, adminKey, get } as TestApp;
  site = await makeSite(app, 'private');
  daily = await makeSite(app, 'private-daily');
  await site.configure(OPEN);
  await daily.configure(DAILY);
});

afterAll(async () => {
  await nest?.close();
  await stores?.stop();
});

/** Every row of every table of the database, bytes in hex. */
async function inDatabase(): Promise<string> {
  const database = nest.get(DataSource, { strict: false });
  const tables: { name: string }[] = await database.query(
    "SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'",
  );
  const rows = await Promise.all(
    tables.map(({ name }) =>
      database.query<{ row: string }[]>(`SELECT row_to_json(one)::text AS row FROM ${name} AS one`),
    ),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

async function inEngine(): Promise<string> {
  const engine = nest.get(Engine, { strict: false });
  const sql = 'SELECT name FROM system.tables WHERE database = currentDatabase()';
  const { rows: tables } = await engine.rows<{ name: string }>({ sql, params: {} });
  const rows = await Promise.all(
    tables.map(({ name }) => engine.rows<object>({ sql: `SELECT * FROM "${name}"`, params: {} })),
  );
  return JSON.stringify(rows.map((one) => one.rows));
}

it('leaves no address, nothing typed and no parameter that nobody has allowed, in stores or logs', async () => {
  await sendEverything(url, [site.key, daily.key]);
  const journaled = await inDatabase();
  // Until here small posts wait in the journal; what reads the events has them sent to the engine.
  const stored = await site.events();
  expect(stored.length).toBeGreaterThan(10);
  expect((await daily.events()).length).toBeGreaterThan(5);
  const [database, engine] = [await inDatabase(), await inEngine()];
  const hex = (text: string): string => Buffer.from(text).toString('hex');
  const places = { journaled, database, engine, logged };
  const found = Object.entries(places).flatMap(([place, text]) =>
    [...ADDRESSES, ...TYPED, ...PARAMETERS, ...DENIED, ...AGENTS]
      .filter((needle) => text.includes(needle) || text.includes(hex(needle)))
      .map((needle) => `${place}: ${needle}`),
  );
  expect(found).toEqual([]);
  for (const kept of KEPT) expect(engine).toContain(kept);
  expect(journaled.includes(hex('kept-title')) || journaled.includes('kept-title')).toBe(true);
  expect(logged).toContain('/v1/collect');
});
