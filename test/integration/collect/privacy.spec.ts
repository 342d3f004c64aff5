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
import { callHttp } from '../../support/call-http.js';
import type { TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { event, makeSite, ORIGIN, type Site } from './collect-world.js';

// What must be nowhere in the stores and logs after all kinds of hits, and what is there, to show that the search finds it.

const ADDRESSES = ['203.0.113.77', '2001:db8:7a31:55aa:91b3:c0de:77:1234', '203.0.113.0/24', '2001:db8:7a31::/48'];
const TYPED = ['typed-by-hand', 'key-code-65', 'text-in-element'];
const PARAMETERS = ['param-value', 'fragment-value', 'click-value', 'entry-value', 'user:pass', 'ann@x.org'];
const DENIED = ['denied-value'];
const KEPT = ['kept-title', 'kept-campaign', 'kept-parameter', 'kept-label'];

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
  await site.configure({ query_parameters: ['q'], denied_properties: ['secret'], bots: 'mark', gpc: 'anonymous' });
  await daily.configure({ visitor_ids: 'daily', query_parameters: ['q'], denied_properties: ['secret'] });
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

const PAGE = `${ORIGIN}/p?q=kept-parameter&token=param-value&gclid=click-value#fragment-value`;
const ENTRY = {
  url: `https://user:pass@shop.example.org/?utm_campaign=kept-campaign&x=entry-value#entry-value`,
  referrer: 'https://www.google.com/search?q=entry-value',
};

const SENDERS: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'sec-gpc': '1' },
  { 'user-agent': 'Googlebot/2.1' },
  { origin: 'https://evil.org' },
];

async function sendAll(): Promise<void> {
  const element = {
    $action: 'blur',
    $type: 'field',
    $label: 'kept-label',
    $position: '1',
    $value: TYPED[0],
    value: TYPED[0],
    char: TYPED[1],
    $char: TYPED[1],
    $text: TYPED[2],
  };
  const events = [
    event('$page', { properties: { $url: PAGE, $referrer: PAGE, $title: `kept-title ${PAGE}` } }),
    event('$element', { properties: element }),
    event('$outbound', { properties: { $url: 'mailto:ann@x.org' } }),
    event('own', { user: 'u-1', properties: { secret: 'denied-value', link: `  ${PAGE}` } }),
    event('late', { properties: { link: PAGE } }, 8 * 86_400_000),
    event('wrong', { properties: { link: [PAGE] } }),
    event('$signup', { user: 'u-1', traits: { plan: 'pro' } }),
    event('$order', { properties: { order: 'A', link: PAGE } }),
  ];
  for (const address of ADDRESSES.slice(0, 2)) {
    for (const one of [site, daily]) {
      for (const more of SENDERS) {
        const headers = { 'x-forwarded-for': address, 'x-real-ip': address, referer: PAGE, ...more };
        await one.collect(events, { context: { entry: ENTRY } }, headers);
        await one.collect(events, { context: { entry: ENTRY }, sent_at: new Date(0).toISOString() }, headers);
        await one.collect(events, { context: { ip: PAGE } }, headers);
        const query = new URLSearchParams({ key: one.key, url: PAGE, referrer: PAGE });
        await callHttp(url, 'GET', `/v1/collect.gif?${query}`, { headers });
        await callHttp(url, 'GET', `/v1/collect.gif?key=${one.key}`, { headers });
        await callHttp(url, 'POST', '/v1/collect', {
          headers: { ...headers, 'content-type': 'text/plain' },
          body: `{"${PAGE}`,
        });
      }
    }
  }
}

it('leaves no address, nothing typed and no parameter that nobody has allowed, in stores or logs', async () => {
  await sendAll();
  const journaled = await inDatabase();
  // Until here small posts wait in the journal; what reads the events has them sent to the engine.
  const stored = await site.events();
  expect(stored.length).toBeGreaterThan(10);
  expect((await daily.events()).length).toBeGreaterThan(5);
  const [database, engine] = [await inDatabase(), await inEngine()];
  const hex = (text: string): string => Buffer.from(text).toString('hex');
  const places = { journaled, database, engine, logged };
  const found = Object.entries(places).flatMap(([place, text]) =>
    [...ADDRESSES, ...TYPED, ...PARAMETERS, ...DENIED]
      .filter((needle) => text.includes(needle) || text.includes(hex(needle)))
      .map((needle) => `${place}: ${needle}`),
  );
  expect(found).toEqual([]);
  for (const kept of KEPT) expect(engine).toContain(kept);
  expect(journaled.includes(hex('kept-title')) || journaled.includes('kept-title')).toBe(true);
  expect(logged).toContain('/v1/collect');
});
