import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { launchPostgres } from '@muster/embedded-stores';
import { migratingOptions } from '../../src/migrate-all.js';
import { withLock } from '../../src/stores/postgres/advisory-locks.js';
import { runMigrations } from '../../src/stores/postgres/data-source.js';
import { ofThisRun, RUN } from './test-run.js';

export interface TestDatabase {
  readonly url: string;
  /** Drops the database, whoever is still connected. */
  stop(): Promise<void>;
}

const TEMPLATE = 'migrated';
const PATIENCE_MS = 60_000;
/** An idle program has eight; each worker of Jest runs some at the same time. */
const CONNECTIONS = '400';

/**
 * A new database with the migrations run; `isMigrated: false` gives an empty one. The server is shared by the files of
 * one run of Jest.
 */
export async function startTestDatabase({ isMigrated = true } = {}): Promise<TestDatabase> {
  const server = await sharedServer();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE ${isMigrated ? TEMPLATE : 'template0'}`);
  return { url: databaseOn(server, name), stop: () => onServer(server, `DROP DATABASE ${name} WITH (FORCE)`) };
}

/**
 * The first file that asks starts the server, in a folder named after the run, and the others find it there. A watchdog
 * ends it and removes the folder once the run is over, in whatever way; so runs beside each other never meet.
 */
async function sharedServer(): Promise<string> {
  const folder = ofThisRun('');
  const urlFile = join(folder, 'url');
  if (isFirst(folder)) await startServer(folder, urlFile);
  for (const end = Date.now() + PATIENCE_MS; !existsSync(urlFile); await sleep(20)) {
    if (Date.now() > end) throw new Error(`No PostgreSQL was started in ${folder}: see the first failure of this run`);
  }
  return readFileSync(urlFile, 'utf8');
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

async function startServer(folder: string, urlFile: string): Promise<void> {
  spawnWatchdog(folder, RUN);
  const { url } = await launchPostgres(folder, { max_connections: CONNECTIONS });
  await onServer(url, `CREATE DATABASE ${TEMPLATE}`);
  const dataSource = await new DataSource(migratingOptions(databaseOn(url, TEMPLATE))).initialize();
  await migrateDatabase(dataSource);
  await dataSource.destroy();
  writeFileSync(`${urlFile}.new`, url, { mode: 0o600 });
  renameSync(`${urlFile}.new`, urlFile);
}

/**
 * Ends the server in a folder and removes that, once the process `run` is over. Started before anything else, so that a
 * run that dies at once leaves nothing either.
 */
export function spawnWatchdog(folder: string, run: number): void {
  const script = `
    while kill -0 "$1"; do sleep 0.3; done
    server=$(head -n 1 "$2/postgres/data/postmaster.pid") && kill -INT "$server"
    while kill -0 "$server"; do sleep 0.1; done
    until rm -rf "$2"; do sleep 0.3; done`;
  const args = ['-c', script, 'watchdog', String(run), folder];
  spawn('sh', args, { detached: true, stdio: 'ignore', cwd: tmpdir() }).unref();
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

const databaseOn = (url: string, database: string): string => url.replace('@/postgres?', `@/${database}?`);

/** As `migrateAll` does it for this store. */
export function migrateDatabase(dataSource: DataSource): Promise<string[]> {
  return withLock(dataSource, 'migrations', () => runMigrations(dataSource));
}
