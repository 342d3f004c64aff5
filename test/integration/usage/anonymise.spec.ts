import { createReadStream, readdirSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { AccountsService } from '../../../src/accounts/accounts.service.js';
import { AppModule } from '../../../src/app.module.js';
import { readConfig } from '../../../src/platform/config/read-config.js';
import { createHttpApp } from '../../../src/platform/http/create-http-app.js';
import { createLogger } from '../../../src/platform/logging/logger.js';
import { NestLogger } from '../../../src/platform/logging/nest-logger.js';
import { Housekeeping } from '../../../src/stores/postgres/housekeeping.js';
import { callHttp, type TestResponse } from '../../support/call-http.js';
import { migratingOptions } from '../../../src/migrate-all.js';
import { DayKeys } from '../../../src/usage/counters/day-keys.js';
import { startRestartablePostgres, type RestartablePostgres } from '../../chaos/restartable-postgres.js';
import { migrateDatabase } from '../../support/embedded-postgres.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { openCounters, type CounterWorld } from '../../support/usage/counter-world.js';

const DAY_MS = 86_400_000;

/** What of PostgreSQL's folder holds data, its write-ahead log, or what it says. */
const PLACES = /^(base|global|pg_wal|pg_xact|pg_multixact|pg_subtrans|pg_notify)$/;

/** What is stored of an id, and what is left of it once its day is over, by anonymise. */
describe('ids that are seen', () => {
  let stores: TestStores;
  /**
   * A server of its own: its files are searched, and those that suites share are large, and their write-ahead log is
   * overwritten by what other suites write.
   */
  let server: RestartablePostgres;
  let app: NestFastifyApplication;
  let database: DataSource;
  let key: string;
  let url: string;
  let logged = '';

  beforeAll(async () => {
    [stores, server] = await Promise.all([startTestStores(), startRestartablePostgres()]);
    const migrating = await new DataSource(migratingOptions(server.url)).initialize();
    await migrateDatabase(migrating);
    await migrating.destroy();
    const urls = { ...stores.urls, databaseUrl: server.url };
    const config = { ...readConfig({}), ...urls, dataDir: stores.dataDir };
    const stream = new Writable({
      write: (line, _, done) => {
        logged += String(line);
        done();
      },
    });
    const logger = createLogger('trace', stream);
    app = await createHttpApp(AppModule.forRoot(config, urls), {
      config,
      logger,
      nest: { logger: new NestLogger(logger), abortOnError: false },
    });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
    key = (await app.get(AccountsService, { strict: false }).ensureFirst()).key ?? '';
    database = app.get(DataSource, { strict: false });
  });

  afterAll(async () => {
    await app?.close();
    await Promise.all([stores?.stop(), server?.stop()]);
  });

  const call = (method: 'POST' | 'PUT' | 'GET', path: string, body?: object): Promise<TestResponse> =>
    callHttp(url, method, `/v1/properties${path}`, { headers: { authorization: `Bearer ${key}` }, body });

  async function property(slug: string, anonymise: string): Promise<string> {
    const { id } = (await call('POST', '', { slug })).json<{ id: string }>();
    expect((await call('PUT', `/${slug}/usage/settings`, { anonymise })).status).toBe(200);
    return id;
  }

  /** The files below PostgreSQL's folder that hold any of the needles. */
  async function filesWith(...needles: readonly Buffer[]): Promise<string[]> {
    // What is in memory goes to the files first.
    await database.query('CHECKPOINT');
    const [{ data_directory: folder } = { data_directory: '' }] = (await database.query('SHOW data_directory')) as {
      data_directory: string;
    }[];
    const files = [
      ...readdirSync(folder)
        .filter((name) => PLACES.test(name))
        .flatMap((name) => below(join(folder, name))),
      ...below(join(folder, '..')).filter((path) => path.endsWith('.log')),
    ];
    const found: string[] = [];
    for (const path of files) if (await holdsAny(path, needles)) found.push(path.slice(folder.length));
    return found;
  }

  it('leave no trace under daily_key once the day is over: no id, no address, and no key of the day', async () => {
    const propertyId = await property('hidden', 'daily_key');
    await property('plain', 'stored');
    const [id, plain] = [`id-${randomBytes(12).toString('hex')}`, `plain-${randomBytes(12).toString('hex')}`];
    const ip = '2001:db8:7a31:55aa:91b3:c0de:77:1234';
    const sent = await call('POST', '/hidden/usage', {
      batch: 'b',
      counts: [{ event: '/', category: 'page', count: 1 }],
      seen: [
        { category: 'user', id },
        { category: 'user', id: `${id}-2` },
        { category: 'visitor', ip },
      ],
    });
    expect(sent.json()).toMatchObject({ seen: 3 });
    // Refused ones are told nowhere either.
    const bad = `bad-${id}`;
    for (const seen of [
      { category: 'visitor', ip: bad },
      { category: 'total', id: bad },
      { category: 'v', id: bad, at: '1999-01-01' },
    ])
      expect((await call('POST', '/hidden/usage', { batch: 'c', seen: [seen] })).text).not.toContain(bad);
    expect(
      (await call('POST', '/plain/usage', { batch: 'b', seen: [{ category: 'user', id: plain }] })).json(),
    ).toMatchObject({ seen: 1 });
    const [row] = (await database.query('SELECT key FROM day_keys WHERE property = $1', [propertyId])) as {
      key: Buffer;
    }[];
    const dayKey = row?.key ?? Buffer.alloc(0);
    expect(dayKey).toHaveLength(32);

    const swept = await app.get(Housekeeping, { strict: false }).sweep(new Date(Date.now() + 2 * DAY_MS));
    expect(swept).toMatchObject({ failed: [] });
    expect(await database.query('SELECT 1 FROM day_keys')).toEqual([]);
    expect(await database.query('SELECT 1 FROM usage_seen')).toEqual([]);

    const secrets = [id, bad, ip, '91b3:c0de'].map((text) => Buffer.from(text));
    const keyForms = [dayKey, Buffer.from(dayKey.toString('hex')), Buffer.from(dayKey.toString('base64'))];
    expect(await filesWith(...secrets, ...keyForms)).toEqual([]);
    for (const secret of [...secrets, ...keyForms]) expect(logged.includes(secret.toString('latin1'))).toBe(false);
    expect(logged).toContain('usage');
    // The search does find what was stored as it is: in the log of changes, and in the table until that is vacuumed.
    const left = await filesWith(Buffer.from(plain));
    expect(left.some((path) => path.includes('pg_wal'))).toBe(true);
    const { data } = (await call('GET', '/hidden/usage?category=seen')).json<{ data: { counts: object[] }[] }>();
    expect(data.flatMap(({ counts }) => counts)).toEqual([
      { event: 'user', category: 'seen', count: 2 },
      { event: 'visitor', category: 'seen', count: 1 },
    ]);
  });

  describe('by two processes', () => {
    let one: CounterWorld;
    let other: CounterWorld;
    const now = new Date('2024-05-01T12:00:00Z');
    const tomorrow = new Date(now.getTime() + DAY_MS);

    beforeAll(async () => {
      one = await openCounters(server.url);
      other = await openCounters(server.url);
    });

    afterAll(() => Promise.all([one?.close(), other?.close()]));

    /** How many ids of a batch are new. */
    async function fresh(
      world: CounterWorld,
      id: { id: string; timeZone: string },
      ids: readonly object[],
      at = now,
    ): Promise<number> {
      const body = { batch: randomBytes(8).toString('hex'), seen: ids.map((one_) => ({ category: 'user', ...one_ })) };
      return (await world.counting.count(id as never, body, at)).seen;
    }

    it.each(['daily_key', 'stored'])(
      'count an id of a day once under %s, whoever asks, also after a restart',
      async (anonymise) => {
        const own = await one.property('UTC');
        await one.settings.replace(own, { anonymise }, now);
        expect(await fresh(one, own, [{ id: '42' }, { id: '43' }, { id: '42' }])).toBe(2);
        expect(await fresh(one, own, [{ id: '42' }])).toBe(0);
        expect(await fresh(other, own, [{ id: '42' }, { id: '44' }])).toBe(1);
        // An id and an address are never the same, and neither are two of one network two.
        expect(await fresh(one, own, [{ ip: '203.0.113.7' }, { id: '203.0.113.0/24' }])).toBe(2);
        expect(await fresh(other, own, [{ ip: '[::ffff:203.0.113.200]:99' }])).toBe(0);
        // On another day it counts again.
        expect(await fresh(other, own, [{ id: '42' }], tomorrow)).toBe(1);
      },
    );

    it('count an id once in each process under random', async () => {
      const own = await one.property('UTC');
      await one.settings.replace(own, { anonymise: 'random' }, now);
      expect(await fresh(one, own, [{ id: '42' }, { id: '42' }])).toBe(1);
      expect(await fresh(one, own, [{ id: '42' }])).toBe(0);
      expect(await fresh(other, own, [{ id: '42' }])).toBe(1);
      expect(await one.rows('SELECT 1 FROM day_keys WHERE property = $1', own.id)).toEqual([]);
    });

    it('store nothing that tells an id, nor that two days or properties saw the same one', async () => {
      const properties = [await one.property('UTC'), await one.property('UTC')];
      for (const own of properties) for (const at of [now, tomorrow]) await fresh(one, own, [{ id: '42' }], at);
      const rows = await one.rows<{ id: Buffer }>(
        'SELECT id FROM usage_seen WHERE property_id = ANY ($1)',
        properties.map(({ id }) => id),
      );
      expect(new Set(rows.map(({ id }) => id.toString('hex'))).size).toBe(4);
      for (const { id } of rows) expect([id.length, id.includes('42')]).toEqual([16, false]);
    });

    it.each(['daily_key', 'random'] as const)(
      'are forgotten by whoever hides an id of a later day, under %s',
      async (anonymise) => {
        const own = await one.property('UTC');
        const keys = new DayKeys(one.database);
        const hide = async (day: number, openDay: number): Promise<string | undefined> => {
          const seen = [{ category: 'user', kind: 'id' as const, id: '42', day }];
          const [hidden] = await keys.hide(one.database.manager, own.id, seen, { anonymise, openDay });
          return hidden?.stored.toString('hex');
        };
        const gone = (): Promise<unknown> => one.rows('DELETE FROM day_keys WHERE property = $1', own.id);
        const first = await hide(100, 100);
        await gone();
        expect(await hide(100, 100)).toBe(first);
        await hide(101, 101);
        await gone();
        // A key that was not forgotten would be put back.
        expect(await hide(100, 100)).not.toBe(first);
      },
    );

    it('outlive a crash of the database, which empties its unlogged tables, as long as a process lives', async () => {
      const own = await one.property('UTC');
      expect(await fresh(one, own, [{ id: '42' }])).toBe(1);
      await one.rows('TRUNCATE day_keys');
      expect(await fresh(one, own, [{ id: '42' }])).toBe(0);
      expect(await fresh(other, own, [{ id: '42' }])).toBe(0);
    });
  });
});

function below(path: string): string[] {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Reads piece by piece, with as much of the piece before as a needle is long. A file may go meanwhile. */
async function holdsAny(path: string, needles: readonly Buffer[]): Promise<boolean> {
  const overlap = Math.max(...needles.map(({ length }) => length));
  let rest = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 4_194_304 }) as AsyncIterable<Buffer>) {
      const bytes = Buffer.concat([rest, chunk]);
      if (needles.some((needle) => bytes.includes(needle))) return true;
      rest = bytes.subarray(-overlap);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return false;
}
