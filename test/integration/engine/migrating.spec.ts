import { appendFile, cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateEngine, refuseLaterEngine } from '../../../src/stores/clickhouse/migrate.js';
import { packageRoot } from '../../../src/platform/config/package-root.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';
import { until } from '../../support/until.js';

describe('migrateEngine', () => {
  let test: TestEngine;
  let folder: string;
  beforeAll(async () => {
    test = await startTestEngine({ migrate: false });
    folder = await mkdtemp(join(tmpdir(), 'muster-migrations-'));
    await cp(join(packageRoot(), 'migrations/clickhouse'), folder, { recursive: true });
  });
  afterAll(async () => {
    await test.stop();
    await rm(folder, { recursive: true });
  });

  const tables = async () =>
    (await test.engine.rows<{ name: string }>({ sql: 'SHOW TABLES', params: {} })).rows.map(({ name }) => name);

  it('runs every file once, in order', async () => {
    const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
    expect(await migrateEngine(test.engine)).toEqual(files);
    expect(await tables()).toEqual(
      expect.arrayContaining(['events', 'run_values', 'schema_migrations', 'user_changes']),
    );
    expect(await migrateEngine(test.engine)).toEqual([]);
  });

  it('has a year of events merged into one part once nothing comes to it', async () => {
    const run = (sql: string) => test.engine.execute({ sql, params: {} });
    const parts = async () =>
      (
        await test.engine.rows<{ n: number }>({
          sql: `SELECT count() AS n FROM system.parts WHERE active AND table = 'events' AND database = currentDatabase()`,
          params: {},
        })
      ).rows[0]?.n;
    // In place of ten minutes.
    await run('ALTER TABLE events MODIFY SETTING min_age_to_force_merge_seconds = 1');
    for (const user of ['a', 'b', 'c']) {
      await run(`INSERT INTO events (property, user_id, time) VALUES (1, '${user}', '2024-01-01')`);
    }
    await until(async () => (await parts()) === 1);
    await run('TRUNCATE TABLE events');
  });

  it('runs only a new file, all of its statements', async () => {
    await writeFile(
      join(folder, '9000_two_tables.sql'),
      "-- first; second\nCREATE TABLE one (a String DEFAULT ';') ENGINE = Memory;\nCREATE TABLE two AS one;\n",
    );
    expect(await migrateEngine(test.engine, folder)).toEqual(['9000_two_tables.sql']);
    expect(await tables()).toEqual(expect.arrayContaining(['one', 'two']));
    expect(await migrateEngine(test.engine, folder)).toEqual([]);
  });

  it('does not record a file that fails, and runs it again', async () => {
    const file = join(folder, '9001_failing.sql');
    await writeFile(file, 'CREATE TABLE IF NOT EXISTS three (a Int8) ENGINE = Memory; SELECT nothing;');
    await expect(migrateEngine(test.engine, folder)).rejects.toMatchObject({ code: 'internal_error' });
    await writeFile(file, 'CREATE TABLE IF NOT EXISTS three (a Int8) ENGINE = Memory');
    expect(await migrateEngine(test.engine, folder)).toEqual(['9001_failing.sql']);
  });

  it('refuses a file that was changed after it had run, and an engine that a later program has changed', async () => {
    await expect(refuseLaterEngine(test.engine, folder)).resolves.toBeUndefined();
    await appendFile(join(folder, '9000_two_tables.sql'), '-- changed');
    await expect(migrateEngine(test.engine, folder)).rejects.toThrow(/9000_two_tables\.sql was changed/);
    await rm(join(folder, '9000_two_tables.sql'));
    const later = {
      exitCode: 78,
      message: expect.stringMatching(/^The engine was .*later Muster.*9000_two_tables\.sql/),
    };
    await expect(refuseLaterEngine(test.engine, folder)).rejects.toMatchObject(later);
    await expect(migrateEngine(test.engine, folder)).rejects.toMatchObject(later);
  });
});
