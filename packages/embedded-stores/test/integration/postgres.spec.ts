import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { StoreProblem } from '../../src/store-problem.js';
import { openDataFolder } from '../../src/data-folder.js';
import { startOf } from '../../src/process-identity.js';
import { refuseClosedFolders } from '../../src/postgres/server-user.js';
import { type EmbeddedPostgres, startPostgres } from '../../src/postgres/start-postgres.js';

const silence = (): void => undefined;
const logger = { info: silence, warn: silence, error: silence };
const isRoot = process.getuid?.() === 0;
/** Made once: initdb takes most of the time of a first start. */
const root = mkdtempSync(join(tmpdir(), 'muster-pg-'));
const dataDir = join(root, 'data');
let running: EmbeddedPostgres[] = [];

beforeAll(() => chmodSync(root, 0o755));

afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  running = [];
});

afterAll(() => rmSync(root, { recursive: true }));

async function start({ fsync = false, at = dataDir } = {}): Promise<EmbeddedPostgres> {
  openDataFolder(at);
  const server = await startPostgres({ dataDir: at, fsync, logger });
  running.push(server);
  return server;
}

async function query<T>(url: string, text: string): Promise<T[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as T[];
  } finally {
    await client.end();
  }
}

describe('a start', () => {
  it('gives a PostgreSQL 18 that listens on no port', async () => {
    const { url } = await start();
    const rows = await query(
      url,
      "SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('listen_addresses') AS at",
    );
    expect(rows).toEqual([{ major: 18, at: '' }]);
  });

  it('asks for a random password, kept where only our user reads it', async () => {
    const { url } = await start();
    const file = join(dataDir, 'postgres-password');
    const password = readFileSync(file, 'utf8').trim();
    expect(password).toMatch(/^[0-9a-f]{48}$/);
    expect(url).toContain(password);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await expect(query(url.replace(password, 'wrong'), 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  it('opens to others no more than the way to the server’s own folder', async () => {
    await start();
    expect(statSync(dataDir).mode & 0o777).toBe(isRoot ? 0o711 : 0o700);
    const own = statSync(join(dataDir, 'postgres'));
    expect(own.mode & 0o777).toBe(0o700);
    expect(own.uid === 0).toBe(false);
  });

  it('keeps its socket elsewhere when the path is too long for one', async () => {
    const { url } = await start({ at: join(root, 'a-folder-with-a-long-name-'.repeat(4), 'data') });
    const folder = new URL(url.replace('@/', '@host/')).searchParams.get('host') ?? '';
    expect(Buffer.byteLength(folder)).toBeLessThan(90);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    rmSync(folder, { recursive: true });
  });
});

describe('a later start', () => {
  it('finds what was committed', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    await first.stop();
    expect(startOf(first.pid ?? 0)).toBeUndefined();
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });

  it('starts beside lock files whose number belongs to another process now', async () => {
    await (await start()).stop();
    writeFileSync(
      join(dataDir, 'postgres/data/postmaster.pid'),
      `${process.pid}\n${dataDir}/postgres/data\n1\n5432\n\n\n`,
    );
    writeFileSync(join(dataDir, 'postgres/socket/.s.PGSQL.5432.lock'), `${process.pid}\n`);
    const { url } = await start();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it.each([
    ['a lost password', 'postgres-password', undefined, /password of the embedded PostgreSQL is gone/],
    ['data of another version', 'postgres/data/PG_VERSION', '17\n', /was written by PostgreSQL 17/],
  ])('names %s', async (_what, file, content, message) => {
    await (await start()).stop();
    const path = join(dataDir, file);
    const before = readFileSync(path);
    if (content === undefined) rmSync(path);
    else writeFileSync(path, content);
    const refused = start();
    await expect(refused).rejects.toThrow(StoreProblem);
    await expect(refused).rejects.toThrow(message);
    writeFileSync(path, before);
  });
});

describe('a server whose Muster was killed', () => {
  it('is adopted', async () => {
    const { child, pid } = await startInChild();
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const server = await start();
    expect(server.pid).toBe(pid);
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
    expect(startOf(pid)).toBeUndefined();
  });

  it('is replaced when it runs with other settings', async () => {
    const { child, pid } = await startInChild();
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const server = await start({ fsync: true });
    expect(startOf(pid)).toBeUndefined();
    expect(await query(server.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  });

  it('does not outlive a Muster that exits', async () => {
    const { child, pid } = await startInChild();
    child.stdin?.write('exit');
    await new Promise((resolve) => child.once('exit', resolve));
    await expect(gone(pid)).resolves.toBe(true);
  });
});

describe('a server that is killed', () => {
  it('is started again with every commit that was acknowledged', async () => {
    const server = await start({ fsync: true });
    await query(server.url, 'CREATE TABLE commits (n integer)');
    for (let round = 0; round < 3; round++) {
      const before = server.pid ?? 0;
      const acknowledged = await writeUntilLost(server.url, 20, () => process.kill(before, 'SIGKILL'));
      const [row] = await answered<{ n: number }>(server.url, 'SELECT count(*)::int AS n FROM commits');
      expect(acknowledged).toBeGreaterThanOrEqual(20);
      expect([acknowledged, acknowledged + 1]).toContain(row?.n);
      await query(server.url, 'TRUNCATE commits');
      expect(server.pid).not.toBe(before);
    }
  });

  it('stays down once it was stopped', async () => {
    const server = await start();
    const { pid = 0 } = server;
    await server.stop();
    await sleep(600);
    expect(startOf(pid)).toBeUndefined();
    await expect(query(server.url, 'SELECT 1')).rejects.toThrow();
  });
});

describe('refuseClosedFolders', () => {
  const nobody = { uid: 65_534, gid: 65_534 };

  it('names each closed folder on the way, with what to do', () => {
    const closed = join(root, 'closed');
    mkdirSync(join(closed, 'below'), { recursive: true });
    expect(() => refuseClosedFolders(nobody, join(closed, 'below'))).not.toThrow();
    chmodSync(closed, 0o700);
    expect(() => refuseClosedFolders(nobody, join(closed, 'below'))).toThrow(`run "chmod o+x ${closed}"`);
    expect(() => refuseClosedFolders({}, join(closed, 'below'))).not.toThrow();
  });
});

/** The built supervisor in a process of its own, which exits when it is written to. */
async function startInChild(): Promise<{ child: ChildProcess; pid: number }> {
  openDataFolder(dataDir);
  const module = join(import.meta.dirname, '../../dist/postgres/start-postgres.js');
  const script = `
    const { startPostgres } = await import(${JSON.stringify(module)});
    const logger = { info() {}, warn() {}, error() {} };
    const server = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, fsync: false, logger });
    process.stdin.once('data', () => process.exit(1));
    console.log(server.pid);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) => child.stdout.once('data', (text) => resolve(Number(text))));
  return { child, pid };
}

/**
 * Commits one row after the other until the connection breaks, and calls `kill` after so many; how many commits were
 * acknowledged.
 */
async function writeUntilLost(url: string, commits: number, kill: () => void): Promise<number> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  for (let acknowledged = 0; ; acknowledged++) {
    // Later commits are under way when the kill comes.
    if (acknowledged === commits) setTimeout(kill, Math.random() * 5);
    try {
      await client.query('INSERT INTO commits VALUES ($1)', [acknowledged]);
    } catch {
      return acknowledged;
    }
  }
}

async function answered<T>(url: string, text: string): Promise<T[]> {
  for (const end = Date.now() + 15_000; ; await sleep(20)) {
    try {
      return await query<T>(url, text);
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

async function gone(pid: number): Promise<boolean> {
  for (const end = Date.now() + 5_000; Date.now() < end; await sleep(20)) {
    if (startOf(pid) === undefined) return true;
  }
  return false;
}
