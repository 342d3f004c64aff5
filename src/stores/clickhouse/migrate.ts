import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tokens } from '@muster/embedded-stores';
import { laterProgram } from '../../platform/config/startup-problem.js';
import type { Engine } from './engine.js';
import { packageRoot } from '../../platform/config/package-root.js';

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

const FOLDER = join(packageRoot(), 'migrations/clickhouse');

const RECORDS = `CREATE TABLE IF NOT EXISTS schema_migrations
(
    name String,
    checksum FixedString(64),
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY name`;

/**
 * Runs the numbered files of migrations/clickhouse that have not run yet, in order, and gives their names. The caller
 * holds a lock. A file is recorded after its last statement, so its statements must bear being run again. `wanted`: only
 * those of these names. Throws where a file that has run was changed, and a StartupProblem where it is gone.
 */
export async function migrateEngine(engine: Engine, folder = FOLDER, wanted?: readonly string[]): Promise<string[]> {
  await engine.createDatabase();
  await engine.execute(statement(RECORDS));
  const { rows } = await engine.rows<{ name: string; checksum: string }>(
    statement('SELECT name, checksum FROM schema_migrations'),
  );
  const applied = new Map(rows.map((row) => [row.name, row.checksum]));
  const pending = pendingOf(await readMigrations(folder), applied).filter(({ name }) => wanted?.includes(name) ?? true);
  for (const { name, sql, checksum } of pending) {
    for (const part of splitStatements(sql)) await engine.execute(statement(part));
    await engine.insertRows('schema_migrations (name, checksum)', [{ name, checksum }]);
  }
  return pending.map(({ name }) => name);
}

/**
 * As of the database: a migration that has run and whose file this program does not have is of a later one.
 * @throws StartupProblem
 */
export async function refuseLaterEngine(engine: Engine, folder = FOLDER): Promise<void> {
  await engine.createDatabase();
  const known = new Set((await readMigrations(folder)).map(({ name }) => name));
  const later = (await appliedToEngine(engine)).filter((name) => !known.has(name));
  if (later.length > 0) throw laterProgram('engine', later);
}

/** The names of the migrations that have run, in order; none in an empty engine. */
export async function appliedToEngine(engine: Engine): Promise<string[]> {
  const found = await engine.rows(
    statement(`SELECT 1 FROM system.tables WHERE database = currentDatabase() AND name = 'schema_migrations'`),
  );
  if (found.rows.length === 0) return [];
  const sql = 'SELECT DISTINCT name FROM schema_migrations ORDER BY name';
  const { rows } = await engine.rows<{ name: string }>(statement(sql));
  return rows.map(({ name }) => name);
}

/** The names of all migrations that this program has. */
export async function engineMigrations(): Promise<string[]> {
  return (await readMigrations(FOLDER)).map(({ name }) => name);
}

/** The statements of a file, without the semicolons between them. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let last = 0;
  for (const token of tokens(`${sql}\n;`)) {
    if (token.text !== ';') last = token.end;
    else {
      if (last > start) statements.push(sql.slice(start, token.start).trim());
      start = token.end;
    }
  }
  return statements;
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

function pendingOf(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): Migration[] {
  for (const [name, checksum] of applied) {
    const file = migrations.find((migration) => migration.name === name);
    if (!file) throw laterProgram('engine', [name]);
    if (file.checksum !== checksum) {
      throw new Error(
        `The engine's migration ${name} was changed after it had run: undo the change and add a new file for it`,
      );
    }
  }
  return migrations.filter((migration) => !applied.has(migration.name));
}

function statement(sql: string): { sql: string; params: Record<string, never> } {
  return { sql, params: {} };
}
