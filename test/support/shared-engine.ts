import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ENGINE_PROGRAM, enginePaths, type EngineProcessOptions } from '@muster/embedded-stores';
import { Engine } from '../../src/stores/clickhouse/engine.js';
import { migrateEngine } from '../../src/stores/clickhouse/migrate.js';
import type { TestEngine } from './embedded-engine.js';
import { ofThisRun, RUN } from './test-run.js';
import { until } from './until.js';

const MEMORY_BYTES = 1_500_000_000;
const LIMITS = { timeLimitMs: 60_000, memoryLimitBytes: 1_000_000_000 };
const PATIENCE_MS = 60_000;
/** Queries but those that look after queries. */
const OTHERS = "position(query, 'system.processes') = 0 AND position(query, 'KILL QUERY') = 0";
/** Of one worker of Jest, which runs its suites one after another. */
const NAME = `-engine-${process.env['JEST_WORKER_ID'] ?? '1'}-`;
const PREFIX = basename(ofThisRun(NAME));

/**
 * An engine with empty tables, for the caller alone until `stop`, which gives it back emptied: the next suite of this
 * worker takes it instead of starting one. A suite that stops, kills or migrates its engine needs one of its own.
 */
export async function borrowEngine(): Promise<TestEngine> {
  const folder = takeIdle() ?? startProcess();
  const { socketPath } = enginePaths(folder);
  const url = `unix:${socketPath}`;
  const engine = new Engine(url, LIMITS);
  await until(() => existsSync(join(folder, 'taken')), PATIENCE_MS);
  await until(() => answers(engine, folder, socketPath), PATIENCE_MS);
  await migrateEngine(engine);
  const migrated = await tablesOf(engine);
  const pid = Number(readFileSync(join(folder, 'taken'), 'utf8'));
  return {
    engine,
    url,
    folder,
    pid,
    stop: async () => {
      const isEmpty = await emptied(engine, migrated);
      await engine.close();
      if (isEmpty) renameSync(join(folder, 'taken'), join(folder, 'idle'));
      else process.kill(pid, 'SIGTERM');
    },
  };
}

/** The folder of an engine that another suite has given back. */
function takeIdle(): string | undefined {
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX));
  return folders.map((name) => join(tmpdir(), name)).find(isTaken);
}

function isTaken(folder: string): boolean {
  try {
    renameSync(join(folder, 'idle'), join(folder, 'taken'));
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts the engine's process under a shell that ends it, and removes the folder, once this run is over in whatever
 * way.
 */
function startProcess(): string {
  if (!existsSync(ENGINE_PROGRAM)) throw new Error('The engine runs compiled code: run "npm run build" first');
  const folder = ofThisRun(`${NAME}${randomBytes(4).toString('hex')}`);
  const options: EngineProcessOptions = {
    folder,
    ...enginePaths(folder),
    memoryBytes: MEMORY_BYTES,
    exportSpoolBytes: 8 * 1024 ** 3,
    fsync: false,
  };
  const script = `
    mkdir -m 700 "$4" && cd "$4" || exit
    "$1" "$2" "$3" >said 2>&1 & engine=$!
    echo $engine >taken
    while kill -0 "$5" && kill -0 $engine; do sleep 0.5; done
    kill -TERM $engine; kill -CONT $engine; wait $engine
    cd /
    until rm -rf "$4"; do sleep 0.3; done`;
  const args = ['-c', script, 'engine', process.execPath, ENGINE_PROGRAM, JSON.stringify(options), folder, String(RUN)];
  const env = { PATH: process.env['PATH'], UV_THREADPOOL_SIZE: '16', TZ: 'UTC' };
  spawn('sh', args, { detached: true, stdio: 'ignore', cwd: tmpdir(), env }).unref();
  return folder;
}

async function answers(engine: Engine, folder: string, socketPath: string): Promise<boolean> {
  if (!existsSync(folder)) throw new Error('The engine ended before it served');
  return existsSync(socketPath) && (await engine.ping());
}

/** Whether nothing runs in the engine any more, and it has these tables only, all of them empty. */
async function emptied(engine: Engine, migrated: readonly string[]): Promise<boolean> {
  try {
    await until(async () => (await stopped(engine)) === 0);
    await engine.execute(text('SYSTEM START MERGES'));
    for (const table of await tablesOf(engine)) {
      if (!migrated.includes(table)) await engine.execute(text(`DROP TABLE ${table} SYNC`));
      else if (table !== 'schema_migrations') await engine.execute(text(`TRUNCATE TABLE ${table}`));
    }
    return true;
  } catch {
    return false;
  }
}

/** Tells what still runs to stop, and how many queries that are. */
async function stopped(engine: Engine): Promise<number> {
  // ClickHouse: the answer has no rows, and no JSON, where there was nothing to stop.
  await engine.execute(text(`KILL QUERY WHERE ${OTHERS} ASYNC`));
  const { rows } = await engine.rows<{ n: number }>(text(`SELECT count() AS n FROM system.processes WHERE ${OTHERS}`));
  return rows[0]?.n ?? 0;
}

async function tablesOf(engine: Engine): Promise<string[]> {
  const sql = "SELECT name FROM system.tables WHERE database = 'default'";
  return (await engine.rows<{ name: string }>(text(sql))).rows.map(({ name }) => name);
}

const text = (sql: string): { sql: string; params: Record<string, never> } => ({ sql, params: {} });
