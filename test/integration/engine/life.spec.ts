import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { ENGINE_PROGRAM, runningProcesses, startEngine, type EmbeddedEngine } from '@muster/embedded-stores';
import { QueryCancelled } from '../../../src/stores/clickhouse/engine-failure.js';
import { Engine } from '../../../src/stores/clickhouse/engine.js';
import { silentLogger, TEST_LIMITS } from '../../support/embedded-engine.js';
import { until } from '../../support/until.js';

const ENDLESS = { sql: 'SELECT count() FROM numbers(1e13) WHERE sipHash64(number) = 1', params: {} };

describe("the engine's process", () => {
  let folder: string;
  const toStop = new Set<EmbeddedEngine>();
  const toClose = new Set<Engine>();
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'muster-life-'))));
  afterEach(async () => {
    await Promise.all([...toClose].map((engine) => engine.close()));
    await Promise.all([...toStop].map((embedded) => embedded.stop()));
    toStop.clear();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(dataDir = folder, fsync = false) {
    const embedded = await startEngine({ dataDir, memoryBytes: 1e9, fsync, logger: silentLogger, lockWaitMs: 600 });
    toStop.add(embedded);
    return { embedded, engine: client(embedded.url) };
  }

  function client(url: string): Engine {
    const engine = new Engine(url, TEST_LIMITS);
    toClose.add(engine);
    return engine;
  }

  const one = async (engine: Engine, sql: string) =>
    Object.values((await engine.rows<object>({ sql, params: {} })).rows[0] ?? {})[0];
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it('is started again when it is killed, with its data, and fails only what was on its way', async () => {
    const { embedded, engine } = await start();
    await engine.execute({ sql: 'CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a', params: {} });
    await engine.execute({ sql: 'INSERT INTO t SELECT number FROM numbers(1000)', params: {} });
    const onItsWay = engine.rows(ENDLESS, { marker: 'way' }).catch((error: unknown) => error);
    await until(async () => (await engine.running('way')) === 1);
    const before = embedded.pid ?? 0;
    process.kill(before, 'SIGKILL');
    expect(await onItsWay).toMatchObject({ code: 'engine_unavailable', retryable: true });
    await expect(engine.rows({ sql: 'SELECT 1', params: {} })).rejects.toMatchObject({ code: 'engine_unavailable' });
    expect(await engine.ping()).toBe(false);
    await until(() => engine.ping());
    expect(await one(engine, 'SELECT sum(a) FROM t')).toBe(499_500);
    expect(embedded.pid).not.toBe(before);
    expect(isAlive(before)).toBe(false);
  });

  it('fails a body that is on its way when it dies', async () => {
    const { embedded, engine } = await start();
    await engine.execute({ sql: 'CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a', params: {} });
    const endlessLines = async function* () {
      for (;;) {
        yield Buffer.from('line\n');
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    const sql = "INSERT INTO t SELECT l FROM input('l String') FORMAT LineAsString";
    const insert = engine
      .insertLines({ sql, params: {} }, Readable.from(endlessLines()))
      .catch((error: unknown) => error);
    await until(async () => (await readdir(join(folder, 'spool'))).length === 1);
    process.kill(embedded.pid ?? 0, 'SIGKILL');
    expect(await insert).toMatchObject({ code: 'engine_unavailable' });
    await until(() => engine.ping());
    expect(await one(engine, 'SELECT count() FROM t')).toBe(0);
    expect(await readdir(join(folder, 'spool'))).toEqual([]);
  });

  it('is started again as often as it dies', async () => {
    const { embedded, engine } = await start();
    for (let round = 0; round < 3; round++) {
      process.kill(embedded.pid ?? 0, 'SIGKILL');
      await until(async () => !(await engine.ping()));
      await until(() => engine.ping());
    }
    expect(await one(engine, 'SELECT 1')).toBe(1);
  });

  it('leaves no process, socket or spool when it stops, and is as it was when it starts', async () => {
    const { embedded, engine } = await start();
    const pid = embedded.pid ?? 0;
    await engine.execute({ sql: 'CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a', params: {} });
    expect(((await stat(join(folder, 'engine.sock'))).mode & 0o777).toString(8)).toBe('600');
    await embedded.stop();
    expect(isAlive(pid)).toBe(false);
    expect((await readdir(folder)).toSorted()).toEqual(['data', 'engine.xml']);
    expect(await engine.ping()).toBe(false);
    const again = await start();
    expect(again.embedded.url).toBe(embedded.url);
    expect(await one(again.engine, 'SELECT count() FROM t')).toBe(0);
  });

  it('finishes what it is doing before it stops, and takes nothing new', async () => {
    const { embedded, engine } = await start();
    const slow = one(engine, 'SELECT sum(sleepEachRow(0.1)) FROM numbers(5) SETTINGS max_block_size = 1');
    await until(
      async () =>
        (await one(
          engine,
          "SELECT count() FROM system.processes WHERE position(query, 'sleepEach') > 0 AND position(query, 'system.processes') = 0",
        )) === 1,
    );
    const stopped = embedded.stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(engine.rows({ sql: 'SELECT 1', params: {} })).rejects.toMatchObject({ code: 'engine_unavailable' });
    expect(await slow).toBe(0);
    await stopped;
  });

  it('cuts off what does not end, which is not the same as cancelling it', async () => {
    const { embedded, engine } = await start();
    const query = engine.rows(ENDLESS, { marker: 'cut' }).catch((error: unknown) => error);
    await until(async () => (await engine.running('cut')) === 1);
    const pid = embedded.pid ?? 0;
    await embedded.stop();
    expect(await query).not.toBeInstanceOf(QueryCancelled);
    expect(await query).toMatchObject({ code: 'engine_unavailable' });
    expect(isAlive(pid)).toBe(false);
  }, 15_000);

  it('empties the spool of an engine that died', async () => {
    await mkdir(join(folder, 'spool'));
    await writeFile(join(folder, 'spool/left'), 'rows');
    await start();
    expect(await readdir(join(folder, 'spool'))).toEqual([]);
  });

  it('does not share its folder', async () => {
    const { engine } = await start();
    await expect(start()).rejects.toThrow(`The engine's data folder ${folder} is in use by another process`);
    expect(await one(engine, 'SELECT 1')).toBe(1);
    expect(existsSync(join(folder, 'engine.sock'))).toBe(true);
  });

  it('waits for a folder that is about to be given up', async () => {
    const { embedded } = await start();
    setTimeout(() => void embedded.stop(), 200);
    const { engine } = await start();
    expect(await one(engine, 'SELECT 1')).toBe(1);
  });

  it('says why it cannot start', async () => {
    await writeFile(join(folder, 'data'), 'a file where the folder should be');
    await expect(start()).rejects.toThrow(/The engine did not start on .*EEXIST/s);
  });

  it('has a socket and a spool of its own where the folder has a long name or signs of a pattern', async () => {
    const { embedded, engine } = await start(join(folder, `a*b{c}[d]?`, 'long'.repeat(30)));
    const socket = embedded.url.slice('unix:'.length);
    expect(socket.length).toBeLessThanOrEqual(100);
    await engine.execute({ sql: 'CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a', params: {} });
    await engine.insertRows('t', [{ a: 'x' }]);
    await engine.insertLines(
      { sql: "INSERT INTO t SELECT line FROM input('line String') FORMAT LineAsString", params: {} },
      Buffer.from('y\n'),
    );
    expect(await one(engine, 'SELECT groupArray(a) FROM (SELECT a FROM t ORDER BY a)')).toEqual(['x', 'y']);
    await embedded.stop();
    expect(existsSync(dirname(socket))).toBe(false);
  });

  it('does not heed Ctrl-C, which is for its parent', async () => {
    const { embedded, engine } = await start();
    process.kill(embedded.pid ?? 0, 'SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await one(engine, 'SELECT 1')).toBe(1);
  });

  /** A process of its own that starts the engine and writes its id when it serves. */
  function startParent() {
    const module = pathToFileURL(join(dirname(ENGINE_PROGRAM), 'start-engine.js')).href;
    const script = `import { startEngine } from '${module}';
      const logger = { info() {}, warn() {}, error() {} };
      const engine = await startEngine({ dataDir: '${folder}', memoryBytes: 1e9, fsync: false, logger });
      console.log(engine.pid);`;
    return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  const enginesOn = (path: string): number[] =>
    runningProcesses()
      .filter(({ command }) => command.includes('engine-process.js') && command.includes(path))
      .map(({ pid }) => pid);

  it.each([0, 100])('ends with its parent, killed %s ms after it began to open the data', async (ms) => {
    const parent = startParent();
    await until(() => existsSync(join(folder, 'engine.xml')), 20_000, 1);
    await new Promise((resolve) => setTimeout(resolve, ms));
    parent.kill('SIGKILL');
    await until(() => enginesOn(folder).length === 0, 10_000);
    const { engine } = await start();
    expect(await one(engine, 'SELECT 1')).toBe(1);
  });

  it('is ended by the next start where it stands still when its parent dies', async () => {
    const parent = startParent();
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line);
    process.kill(pid, 'SIGSTOP');
    parent.kill('SIGKILL');
    await once(parent, 'close');
    expect(enginesOn(folder)).toEqual([pid]);
    const { engine } = await start();
    expect(await one(engine, 'SELECT 1')).toBe(1);
    expect(enginesOn(folder)).not.toContain(pid);
  });

  it('tells why it ends where an error reaches nobody, and ends for good', async () => {
    await mkdir(join(folder, 'engine.xml'));
    await expect(start()).rejects.toThrow(/did not start on .*SIGKILL.*EISDIR/s);
    expect(enginesOn(folder)).toEqual([]);
  });

  it.each([false, true])('ends with its parent, killed with -9 (a query running: %s)', async (busy) => {
    const parent = startParent();
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line);
    const engine = client(`unix:${join(folder, 'engine.sock')}`);
    const query = busy ? engine.rows(ENDLESS, { marker: 'orphan' }).catch((error: unknown) => error) : undefined;
    if (busy) await until(async () => (await engine.running('orphan')) === 1);
    parent.kill('SIGKILL');
    await until(() => !isAlive(pid), 10_000);
    if (busy) expect(await query).toMatchObject({ code: 'engine_unavailable' });
    const next = await start();
    expect(await one(next.engine, 'SELECT 1')).toBe(1);
  });

  it.each([false, true])('syncs inserts to the disk where asked to: %s', async (fsync) => {
    const { engine } = await start(folder, fsync);
    const sql =
      "SELECT sum(toUInt8(value)) FROM system.merge_tree_settings WHERE name IN ('fsync_after_insert', 'fsync_part_directory')";
    expect(await one(engine, sql)).toBe(fsync ? 2 : 0);
  });

  it('keeps to its memory, whatever a query may use', async () => {
    const { engine } = await start();
    expect(await one(engine, "SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage'")).toBe(
      '1000000000',
    );
    const hungry = engine.rows(
      { sql: 'SELECT groupArray(number) FROM numbers(1e8)', params: {} },
      { memoryLimitBytes: 5e9 },
    );
    await expect(hungry).rejects.toMatchObject({
      code: 'engine_memory_exhausted',
      retryable: true,
      extra: { limit: 'engine_memory_mb' },
    });
    expect(await one(engine, 'SELECT 1')).toBe(1);
  });
});
