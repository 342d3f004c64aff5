import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Instance } from '../../../src/stores/postgres/instance.js';
import { startTestDatabase, type TestDatabase } from '../../support/embedded-postgres.js';
import { PACKAGE_ROOT } from '../../support/source-files.js';

describe('Instance', () => {
  let database: TestDatabase;
  let observer: Instance;

  beforeAll(async () => {
    database = await startTestDatabase({ isMigrated: false });
    observer = await Instance.start(database.url);
  });

  afterAll(async () => {
    await observer.close();
    await database.stop();
  });

  it('sees itself and others live, and one that closed dead', async () => {
    const other = await Instance.start(database.url);
    expect(other.id).not.toBe(observer.id);
    expect(await observer.isAlive(observer.id)).toBe(true);
    expect(await observer.isAlive(other.id)).toBe(true);
    await other.close();
    expect(await observer.isAlive(other.id)).toBe(false);
  });

  it('sees a killed process dead', async () => {
    const module = join(PACKAGE_ROOT, 'dist/src/stores/postgres/instance.js');
    const script = `
      const { Instance } = await import(${JSON.stringify(module)});
      console.log((await Instance.start(${JSON.stringify(database.url)})).id);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [id] = await once(child.stdout, 'data');
    expect(await observer.isAlive(String(id).trim())).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await observer.isAlive(String(id).trim())).toBe(false);
  });

  it('stays alive to others when its connection is cut', async () => {
    const other = await Instance.start(database.url);
    await cutConnections(database.url);
    expect(await eventually(() => observer.isAlive(other.id))).toBe(true);
    expect(await eventually(() => other.isAlive(observer.id))).toBe(true);
    await other.close();
  });

  it('needs no second look where it is alone', async () => {
    const alone = await Instance.start(database.url, { isAlone: true });
    const startedMs = performance.now();
    expect(await alone.isAlive('someone of before')).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(1000);
    await alone.close();
  });

  it('says that it cannot tell while the database is away', async () => {
    const lost = await Instance.start(database.url);
    await lost.close();
    await expect(lost.isAlive('someone')).rejects.toMatchObject({ code: 'database_unavailable' });
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
