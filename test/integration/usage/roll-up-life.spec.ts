import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import type { PropertyEntity } from '../../../src/properties/property.entity.js';
import { Housekeeping } from '../../../src/stores/postgres/housekeeping.js';
import { DayKeys } from '../../../src/usage/counters/day-keys.js';
import { RollUps } from '../../../src/usage/counters/roll-ups.service.js';
import { readConfig } from '../../../src/platform/config/read-config.js';
import { startTestDatabase, type TestDatabase } from '../../support/embedded-postgres.js';
import { PACKAGE_ROOT } from '../../support/source-files.js';
import { openCounters, type CounterWorld } from '../../support/usage/counter-world.js';

const START = new Date('2024-03-30T12:00:00Z');
const DAY_MS = 86_400_000;
/** Days that become months are no days any more; these periods stay as they are. */
const INTERVALS = ['month', 'year'] as const;

const later = (days: number): Date => new Date(START.getTime() + days * DAY_MS);

/** The data source of a process whose connection dies at its `n`th statement, or right after the last one. */
function dyingAt(database: DataSource, n: number): DataSource {
  let left = n;
  const dies = async (manager: EntityManager): Promise<void> => {
    if ((left -= 1) === 0) await manager.query('SELECT pg_terminate_backend(pg_backend_pid())');
  };
  const dying = (manager: EntityManager): EntityManager =>
    new Proxy(manager, {
      get: (target, name) => {
        if (name !== 'query') return Reflect.get(target, name) as unknown;
        return async (sql: string, values?: unknown[]): Promise<unknown> => {
          await dies(target);
          return await target.query(sql, values);
        };
      },
    });
  return new Proxy(database, {
    get: (target, name) => {
      if (name !== 'transaction') return Reflect.get(target, name) as unknown;
      return (work: (manager: EntityManager) => Promise<unknown>) =>
        target.transaction(async (manager) => {
          const done = await work(dying(manager));
          await dies(manager);
          return done;
        });
    },
  });
}

describe('roll-ups', () => {
  let database: TestDatabase;
  let world: CounterWorld;

  beforeAll(async () => {
    // Connections that die are meant to.
    Logger.overrideLogger(false);
    database = await startTestDatabase();
    world = await openCounters(database.url);
  });

  afterAll(async () => {
    await world?.close();
    await database?.stop();
  });

  afterEach(() => world.rows('DELETE FROM usage_counters'));

  const count = (property: PropertyEntity, batch: string, now: Date, event = '/'): Promise<{ duplicate: boolean }> =>
    world.counting.count(
      property,
      {
        batch,
        counts: [
          { event, category: 'page', count: 3 },
          { event: '/both', category: 'page', count: 1 },
        ],
        seen: [
          { category: 'user', id: batch },
          { category: 'user', id: 'always' },
        ],
      },
      now,
    );

  const periods = (property: PropertyEntity, now: Date): Promise<unknown[]> =>
    Promise.all(INTERVALS.map((interval) => world.read(property, interval, now)));

  /** Sums by category, whatever they have been rolled up to, and ids by day. */
  async function totals(property: PropertyEntity): Promise<object[]> {
    return await world.rows(
      `SELECT category, sum(count)::integer AS count FROM (
        SELECT CASE category WHEN 'total' THEN event ELSE category END AS category, count FROM usage_counts WHERE property_id = $1
        UNION ALL SELECT 'seen', count(*) FROM usage_seen WHERE property_id = $1 GROUP BY day, category) AS sums GROUP BY 1 ORDER BY 1`,
      property.id,
    );
  }

  /** Something at every level: the next roll-up moves base periods, days and events, and deletes nothing. */
  async function filled(days: number): Promise<PropertyEntity> {
    const property = await world.property('Europe/Berlin');
    await world.settings.replace(property, { base: 'PT1H', days: 2, event_months: 1 }, START);
    for (let day = 0; day < days; day += 1) {
      await count(property, `b${day}`, later(day), `/${day % 2}`);
      if (day % 5 !== 0) await world.rollUp(later(day));
    }
    return property;
  }

  it('change no total when the connection dies at any statement', async () => {
    const property = await filled(40);
    const now = later(39);
    await world.rollUp(now);
    await count(property, 'last', now);
    const tomorrow = later(40);
    const [before, sums] = [await periods(property, tomorrow), await totals(property)];
    let deaths = 0;
    for (; ; deaths += 1) {
      const dying = dyingAt(world.database, deaths + 1);
      const rollUps = new RollUps(dying, new DayKeys(dying), new Housekeeping(dying, readConfig({})));
      const isDone = await rollUps.step(tomorrow).then(
        () => true,
        () => false,
      );
      expect({ deaths, sums: await totals(property), before: await periods(property, tomorrow) }).toEqual({
        deaths,
        sums,
        before,
      });
      if (isDone) break;
    }
    // Every statement, the moment before the commit, and the look for a next day.
    expect(deaths).toBeGreaterThan(10);
    expect(await world.rollUp(tomorrow)).toBe(0);
    expect(await world.rows('SELECT 1 FROM usage_seen WHERE property_id = $1', property.id)).toEqual([]);
    expect(await world.rows('SELECT 1 FROM day_keys WHERE property = $1', property.id)).toEqual([]);
  });

  it('keep the keys of open days when the connection dies at any statement that destroys the others', async () => {
    const property = await filled(2);
    const keys = (): Promise<object[]> =>
      world.rows("SELECT day::text AS day, encode(key, 'hex') AS key FROM day_keys ORDER BY day");
    const open = await keys();
    await world.rows(
      "INSERT INTO day_keys VALUES ($1, '2024-01-01', 'over'), ('prop_gone', '2024-03-31', 'gone')",
      property.id,
    );
    const all = await keys();
    let deaths = 0;
    while (!(await new DayKeys(dyingAt(world.database, deaths + 1)).destroy().catch(() => false))) {
      deaths += 1;
      expect({ deaths, keys: await keys() }).toEqual({ deaths, keys: all });
    }
    expect(deaths).toBeGreaterThan(4);
    expect(await keys()).toEqual(open);
    expect(open).toHaveLength(1);
  });

  it('are done once where two processes do them', async () => {
    const other = await openCounters(database.url);
    const properties = await Promise.all(Array.from({ length: 4 }, () => world.property('UTC')));
    for (const property of properties) await count(property, 'b', START);
    const sums = await Promise.all(properties.map(totals));
    const days = await Promise.all([world.rollUp(later(20)), other.rollUp(later(20)), world.rollUp(later(20))]);
    expect(days.reduce((a, b) => a + b)).toBe(4 * 20);
    expect(await Promise.all(properties.map(totals))).toEqual(sums);
    await other.close();
  });

  it('miss and double nothing that is sent while they go on, or sent again', async () => {
    const property = await world.property('UTC');
    await count(property, 'before', START);
    const batches = Array.from({ length: 60 }, (_, i) => `during-${i}`);
    const over = later(1);
    const sent = Promise.all(batches.flatMap((batch) => [count(property, batch, over), count(property, batch, over)]));
    expect(await world.rollUp(over)).toBe(1);
    const verdicts = await sent;
    expect(verdicts.filter(({ duplicate }) => duplicate)).toHaveLength(60);
    expect((await count(property, 'before', over)).duplicate).toBe(true);
    expect(await totals(property)).toEqual([
      { category: 'page', count: 61 * 4 },
      // The day before has two, the day after 60 and the one who is always there.
      { category: 'seen', count: 2 + 61 },
    ]);
  });

  it('do no day twice when the clock is ahead and goes back, and lose nothing that is counted then', async () => {
    const property = await world.property('UTC');
    await count(property, 'a', START);
    expect(await world.rollUp(later(5))).toBe(5);
    expect(await world.rollUp(START)).toBe(0);
    const explicit = {
      batch: 'b',
      counts: [{ event: '/', category: 'page', count: 3, at: START.toISOString() }],
      seen: [{ category: 'user', id: 'z' }],
    };
    expect(await world.counting.count(property, explicit, START)).toMatchObject({ duplicate: false, seen: 1 });
    await expect(
      world.counting.count(property, { ...explicit, batch: 'c', from: '2024-03-29T12:00:00Z' }, START),
    ).rejects.toMatchObject({ code: 'period_closed' });
    expect(await world.rollUp(later(5))).toBe(0);
    expect(await world.rollUp(later(6))).toBe(1);
    expect(await totals(property)).toEqual([
      { category: 'page', count: 4 + 3 },
      { category: 'seen', count: 2 + 1 },
    ]);
  });

  it.each([
    ['a clock ahead at midnight', 'UTC', 'UTC', '2024-03-30T23:58:30Z', '2024-03-31T00:00:30Z'],
    ['a change to a zone ahead', 'Pacific/Pago_Pago', 'Pacific/Kiritimati', '2024-03-31T10:58:00Z', undefined],
  ])('forget no batch that would be taken again: %s', async (_, timeZone, changed, sentAt, from) => {
    const property = await world.property(timeZone);
    const now = new Date(sentAt);
    const batch = { batch: 'b', from: from ?? sentAt, counts: [{ event: '/', category: 'page', count: 3 }] };
    expect(await world.counting.count(property, batch, now)).toMatchObject({ duplicate: false });
    await world.rows('UPDATE properties SET time_zone = $2 WHERE id = $1', property.id, changed);
    const moved = { ...property, timeZone: changed } as PropertyEntity;
    for (let hours = 1; hours <= 24 * 7; hours += 1) {
      const at = new Date(now.getTime() + hours * 3_600_000);
      await world.rollUp(at);
      const code = await world.counting.count(moved, batch, at).then(
        ({ duplicate }) => (duplicate ? 'duplicate' : 'counted again'),
        (error: { code: string }) => error.code,
      );
      expect([hours, code]).not.toEqual([hours, 'counted again']);
    }
    expect(await totals(property)).toEqual([{ category: 'page', count: 3 }]);
    // It is forgotten in the end.
    expect(await world.rows('SELECT 1 FROM usage_batches WHERE property_id = $1', property.id)).toEqual([]);
  });

  it('close a day whose sums are as large as they get', async () => {
    const property = await world.property('UTC');
    await world.settings.replace(property, { days: 1, event_months: 1 }, START);
    const counts = Array.from({ length: 5_000 }, () => ({ event: '/', category: 'page', count: 1e12 }));
    for (const batch of ['a', 'b']) await world.counting.count(property, { batch, counts }, START);
    const kept = 'SELECT level, event, count::float8 AS count FROM usage_counts WHERE property_id = $1';
    expect(await world.rows(kept, property.id)).toEqual([{ level: 'base', event: '/', count: 1e15 }]);
    // Together they are beyond a bigint.
    await world.rows(
      `INSERT INTO usage_counts SELECT $1, 'base', '2024-03-30', 0, 'page', '/' || i, $2 FROM generate_series(1, 10000) AS i`,
      property.id,
      1e15,
    );
    await world.rollUp(later(70));
    expect(await world.rows(kept, property.id)).toEqual([{ level: 'month', event: 'page', count: 1e15 }]);
  });

  it('let nothing but what was counted or seen move goLive', async () => {
    const property = await world.property('UTC');
    const old = { event: 'v1', category: 'timeline', at: '2020-01-01T00:00:00Z' };
    const live = async (): Promise<string | null> => (await world.settings.get(property, START)).live_at;
    await world.counting.count(property, { batch: 'm', marks: [old] }, START);
    expect(await live()).toBeNull();
    await world.counting.count(property, { batch: 'n', seen: [{ category: 'user', id: '1' }], marks: [old] }, START);
    expect(await live()).toBe(START.toISOString());
    const [month] = await world.read(property, 'month', START);
    expect(month?.counts).toEqual([{ event: 'user', category: 'daily', count: 1, days: 1 }]);
  });

  it('go on where a process was killed', async () => {
    const property = await filled(3);
    await world.rows('UPDATE usage_counters SET open_day = open_day - 300 WHERE property_id = $1', property.id);
    const sums = await totals(property);
    const built = (path: string): string => JSON.stringify(pathToFileURL(join(PACKAGE_ROOT, 'dist', path)));
    const program = `
      import { DataSource } from 'typeorm';
      import { ENTITIES } from ${built('src/entities.js')};
      import { dataSourceOptions } from ${built('src/stores/postgres/data-source.js')};
      import { rollUpDay } from ${built('src/usage/counters/roll-up.js')};
      const database = await new DataSource(dataSourceOptions(${JSON.stringify(database.url)}, ENTITIES)).initialize();
      for (;;) {
        await database.transaction((manager) => rollUpDay(manager, ${JSON.stringify(property.id)}, () => true));
        process.stdout.write('.');
      }`;
    const openDay = async (): Promise<string> =>
      (
        await world.rows<{ day: string }>(
          'SELECT open_day::text AS day FROM usage_counters WHERE property_id = $1',
          property.id,
        )
      )[0]?.day ?? '';
    for (let kills = 0; kills < 3; kills += 1) {
      const before = await openDay();
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
        cwd: PACKAGE_ROOT,
      });
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(await totals(property)).toEqual(sums);
      expect((await openDay()) > before).toBe(true);
    }
    await world.rollUp(later(10));
    expect(await totals(property)).toEqual(sums);
  });
});
