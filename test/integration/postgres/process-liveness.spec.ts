import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { failureOf } from '../../../src/platform/http/failure-of.js';
import { dataSourceOptions } from '../../../src/stores/postgres/data-source.js';
import { ProcessLiveness } from '../../../src/stores/postgres/process-liveness.js';
import { until } from '../../support/until.js';
import { startTestDatabase, type TestDatabase } from '../../support/embedded-postgres.js';
import { PACKAGE_ROOT } from '../../support/source-files.js';

describe('ProcessLiveness', () => {
  let database: TestDatabase;
  let observer: ProcessLiveness;

  beforeAll(async () => {
    database = await startTestDatabase({ isMigrated: false });
    observer = await ProcessLiveness.start(database.url);
  });

  afterAll(async () => {
    await observer.close();
    await database.stop();
  });

  it('sees itself and others live, and one that closed dead', async () => {
    const other = await ProcessLiveness.start(database.url);
    expect(other.id).not.toBe(observer.id);
    expect(await observer.isAlive(observer.id)).toBe(true);
    expect(await observer.isAlive(other.id)).toBe(true);
    await other.close();
    expect(await observer.isAlive(other.id)).toBe(false);
  });

  it('sees a killed process dead', async () => {
    const module = join(PACKAGE_ROOT, 'dist/src/stores/postgres/process-liveness.js');
    const script = `
      const { ProcessLiveness } = await import(${JSON.stringify(module)});
      console.log((await ProcessLiveness.start(${JSON.stringify(database.url)})).id);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [id] = await once(child.stdout, 'data');
    expect(await observer.isAlive(String(id).trim())).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    // The server notices it a moment later.
    await until(async () => !(await observer.isAlive(String(id).trim())));
  });

  it('stays alive to others when its connection is cut', async () => {
    const other = await ProcessLiveness.start(database.url);
    await cutConnections(database.url);
    expect(await eventually(() => observer.isAlive(other.id))).toBe(true);
    expect(await eventually(() => other.isAlive(observer.id))).toBe(true);
    await other.close();
  });

  it('needs no second look where it is alone', async () => {
    const alone = await ProcessLiveness.start(database.url, { isAlone: true });
    const startedMs = performance.now();
    expect(await alone.isAlive('someone of before')).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(1000);
    await alone.close();
  });

  it('says that it cannot tell while the database is away', async () => {
    const lost = await ProcessLiveness.start(database.url);
    await lost.close();
    await expect(lost.isAlive('someone')).rejects.toMatchObject({ code: 'database_unavailable' });
  });
});

describe('a connection that goes', () => {
  let database: TestDatabase;
  let source: DataSource;
  beforeAll(async () => {
    database = await startTestDatabase({ isMigrated: false });
    source = await new DataSource(dataSourceOptions(database.url, [])).initialize();
  });
  afterAll(async () => {
    await source.destroy();
    await database.stop();
  });

  const end = (pid: number): Promise<unknown> => source.query('SELECT pg_terminate_backend($1)', [pid]);
  const pidOf = async (manager: EntityManager): Promise<number> =>
    (await manager.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid'))[0]?.pid ?? 0;

  it('before, in the middle of or between the statements of a transaction is a database that is away', async () => {
    const cases: Record<string, (manager: EntityManager) => Promise<unknown>> = {
      'in the middle of a statement': async (manager) => {
        const pid = await pidOf(manager);
        const slow = manager.query('SELECT pg_sleep(60)');
        slow.catch(() => undefined);
        await end(pid);
        return await slow;
      },
      'between two statements': async (manager) => {
        await end(await pidOf(manager));
        await sleep(300);
        return await manager.query('SELECT 1');
      },
      'between a statement and one by an entity manager of it': async (manager) => {
        await end(await pidOf(manager));
        await sleep(300);
        return await manager.createQueryBuilder().select('1').from('pg_class', 'c').getRawMany();
      },
      'before the end': async (manager) => {
        await end(await pidOf(manager));
        await sleep(300);
      },
    };
    const seen: Record<string, string> = {};
    for (const [when, work] of Object.entries(cases)) {
      const thrown: unknown = await source.transaction(work).then(
        () => null,
        (error: unknown) => error,
      );
      seen[when] = failureOf(thrown).code;
    }
    expect(new Set(Object.values(seen))).toEqual(new Set(['database_unavailable']));
  });

  it('for good, with the pool, is a database that is away', async () => {
    const other = await new DataSource(dataSourceOptions(database.url, [])).initialize();
    await other.destroy();
    const thrown: unknown = await other.query('SELECT 1').catch((error: unknown) => error);
    expect(failureOf(thrown)).toMatchObject({ code: 'database_unavailable' });
  });
});

/** Ends every connection of instances to the database, as a restart of the server would. */
async function cutConnections(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'muster instance' AND datname = current_database()",
  );
  expect(rowCount).toBe(2);
  await client.end();
}

async function eventually<T>(look: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + 10_000; ; await sleep(50)) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
