import type { DataSource, DataSourceOptions } from 'typeorm';

import { laterProgram } from '../../platform/config/startup-problem.js';
import { SnakeNaming } from './snake-naming.js';

/**
 * Requests wait for a free connection rather than open more: an embedded server takes 100 in all, from every process.
 */
const POOL_SIZE = 10;
const CONNECT_PATIENCE_MS = 10_000;
/**
 * A process that is frozen in the middle of a transaction keeps its locks from all others for no longer. No transaction
 * waits for anything but the database and the queue.
 */
const IDLE_IN_TRANSACTION_MS = 30_000;

export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

type Classes = readonly (new () => object)[];

/**
 * TypeORM's options for a PostgreSQL URL, also of a unix socket (`postgresql://user:password@/database?host=/folder`).
 * The composition root gives the entities, since the tables belong to the features.
 */
export function dataSourceOptions(databaseUrl: string, entities: Classes, migrations: Classes = []): PostgresOptions {
  return {
    type: 'postgres',
    url: databaseUrl,
    entities: [...entities],
    migrations: [...migrations],
    migrationsTableName: 'schema_migrations',
    migrationsTransactionMode: 'each',
    namingStrategy: new SnakeNaming(),
    installExtensions: false,
    synchronize: false,
    logging: false,
    poolSize: POOL_SIZE,
    connectTimeoutMS: CONNECT_PATIENCE_MS,
    applicationName: 'muster',
    extra: { idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS },
  };
}

/**
 * The migrations that have run are the version of the schema: one that this program does not have is of a later one.
 * @throws StartupProblem where the data were brought further than this program knows
 */
export async function refuseLaterDatabase(dataSource: DataSource): Promise<void> {
  const known = new Set(dataSource.migrations.map(({ name, constructor }) => name ?? constructor.name));
  const later = (await appliedToDatabase(dataSource)).filter((name) => !known.has(name));
  if (later.length > 0) throw laterProgram('database', later);
}

/** The names of the migrations that have run, in order; none in an empty database. */
export async function appliedToDatabase(dataSource: DataSource): Promise<string[]> {
  const [found]: { exists: boolean }[] = await dataSource.query(
    `SELECT to_regclass('schema_migrations') IS NOT NULL AS exists`,
  );
  if (found?.exists !== true) return [];
  const rows: { name: string }[] = await dataSource.query('SELECT name FROM schema_migrations ORDER BY timestamp');
  return rows.map(({ name }) => name);
}

/** Runs the migrations that have not run yet, and gives their names. The caller holds the lock `migrations`. */
export async function runMigrations(dataSource: DataSource): Promise<string[]> {
  const done = await dataSource.runMigrations();
  return done.map((migration) => migration.name);
}
