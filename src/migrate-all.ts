import { DataSource } from 'typeorm';
import { Initial1795219200000 } from '../migrations/postgres/1795219200000-initial.js';
import { Metrics1795300000000 } from '../migrations/postgres/1795300000000-metrics.js';
import { RequestManager1795310000000 } from '../migrations/postgres/1795310000000-request-manager.js';
import { CohortDefinitions1795320000000 } from '../migrations/postgres/1795320000000-cohort-definitions.js';
import { PropertyRevisions1795321000000 } from '../migrations/postgres/1795321000000-property-revisions.js';
import { CohortUploads1795330000000 } from '../migrations/postgres/1795330000000-cohort-uploads.js';
import { RunLeases1795340000000 } from '../migrations/postgres/1795340000000-run-leases.js';
import { IdempotencyScope1795360000000 } from '../migrations/postgres/1795360000000-idempotency-scope.js';
import { AnswerChunks1795400000000 } from '../migrations/postgres/1795400000000-answer-chunks.js';
import { EngineLostAt1795410000000 } from '../migrations/postgres/1795410000000-engine-lost-at.js';
import { StoredForms1795420000000 } from '../migrations/postgres/1795420000000-stored-forms.js';
import { Retention1795421000000 } from '../migrations/postgres/1795421000000-retention.js';
import { RefusedUsers1795450000000 } from '../migrations/postgres/1795450000000-refused-users.js';
import { FirstCellsOfUploads1795450000001 } from '../migrations/postgres/1795450000001-first-cells-of-uploads.js';
import { Batches1795460000000 } from '../migrations/postgres/1795460000000-batches.js';
import { PropertyLife1795461000000 } from '../migrations/postgres/1795461000000-property-life.js';
import { RowsOnDemand1795470000000 } from '../migrations/postgres/1795470000000-rows-on-demand.js';
import { CancelledEvaluations1795471000000 } from '../migrations/postgres/1795471000000-cancelled-evaluations.js';
import { RankOfRuns1795462000000 } from '../migrations/postgres/1795462000000-rank-of-runs.js';
import { UploadJobs1795463000000 } from '../migrations/postgres/1795463000000-upload-jobs.js';
import { EvaluationJobs1795464000000 } from '../migrations/postgres/1795464000000-evaluation-jobs.js';
import { DeletionJobs1795465000000 } from '../migrations/postgres/1795465000000-deletion-jobs.js';
import { EventJournal1795480000000 } from '../migrations/postgres/1795480000000-event-journal.js';
import { RefusedUsersRevise1795480000001 } from '../migrations/postgres/1795480000001-refused-users-revise.js';
import { Keys1795500000000 } from '../migrations/postgres/1795500000000-keys.js';
import { Audit1795501000000 } from '../migrations/postgres/1795501000000-audit.js';
import { Members1795502000000 } from '../migrations/postgres/1795502000000-members.js';
import { RateCounters1795510000000 } from '../migrations/postgres/1795510000000-rate-counters.js';
import { Providers1795520000000 } from '../migrations/postgres/1795520000000-providers.js';
import { ArchivedProperties1795530000000 } from '../migrations/postgres/1795530000000-archived-properties.js';
import { CallersOfRuns1795530000001 } from '../migrations/postgres/1795530000001-callers-of-runs.js';
import { ActiveUsers1795540000000 } from '../migrations/postgres/1795540000000-active-users.js';
import { UsageCounters1795550000000 } from '../migrations/postgres/1795550000000-usage-counters.js';
import { UsageDaysFrom1795550000001 } from '../migrations/postgres/1795550000001-usage-days-from.js';
import { Collecting1795600000000 } from '../migrations/postgres/1795600000000-collecting.js';
import { ENTITIES } from './entities.js';
import type { StoreUrls } from './platform/config/config.js';
import { Engine } from './stores/clickhouse/engine.js';
import { NO_LIMITS } from './stores/clickhouse/engine-settings.js';
import { appliedToEngine, engineMigrations, migrateEngine, refuseLaterEngine } from './stores/clickhouse/migrate.js';
import {
  appliedToDatabase,
  dataSourceOptions,
  refuseLaterDatabase,
  runMigrations,
  type PostgresOptions,
} from './stores/postgres/data-source.js';
import { withLock } from './stores/postgres/advisory-locks.js';

/** The migrations of migrations/postgres, in order. */
export const MIGRATIONS = [
  Initial1795219200000,
  Metrics1795300000000,
  RequestManager1795310000000,
  CohortDefinitions1795320000000,
  PropertyRevisions1795321000000,
  CohortUploads1795330000000,
  RunLeases1795340000000,
  IdempotencyScope1795360000000,
  AnswerChunks1795400000000,
  EngineLostAt1795410000000,
  StoredForms1795420000000,
  Retention1795421000000,
  RefusedUsers1795450000000,
  FirstCellsOfUploads1795450000001,
  Batches1795460000000,
  PropertyLife1795461000000,
  RankOfRuns1795462000000,
  UploadJobs1795463000000,
  EvaluationJobs1795464000000,
  DeletionJobs1795465000000,
  RowsOnDemand1795470000000,
  CancelledEvaluations1795471000000,
  EventJournal1795480000000,
  RefusedUsersRevise1795480000001,
  Keys1795500000000,
  Audit1795501000000,
  Members1795502000000,
  RateCounters1795510000000,
  Providers1795520000000,
  ArchivedProperties1795530000000,
  CallersOfRuns1795530000001,
  ActiveUsers1795540000000,
  UsageCounters1795550000000,
  UsageDaysFrom1795550000001,
  Collecting1795600000000,
];

/** The names of the migrations that ran, per store. */
export interface Migrated {
  readonly database: readonly string[];
  readonly engine: readonly string[];
}

/** The options of a data source that migrates; it needs a second connection beside the one that holds the lock. */
export function migratingOptions(databaseUrl: string, migrations = MIGRATIONS): PostgresOptions {
  return { ...dataSourceOptions(databaseUrl, ENTITIES, migrations), poolSize: 2 };
}

/** The names of all migrations that this program has. */
export async function knownMigrations(): Promise<Migrated> {
  return { database: MIGRATIONS.map(({ name }) => name), engine: await engineMigrations() };
}

/** The names of the migrations that have run; none in a store that is empty. */
export async function appliedMigrations(dataSource: DataSource, engine: Engine): Promise<Migrated> {
  return { database: await appliedToDatabase(dataSource), engine: await appliedToEngine(engine) };
}

/** Brings empty stores to where stores were at which exactly these migrations had run. All of them are known. */
export async function migrateTo(
  urls: Pick<StoreUrls, 'databaseUrl' | 'clickhouseUrl'>,
  { database, engine: ofEngine }: Migrated,
): Promise<void> {
  const wanted = MIGRATIONS.filter(({ name }) => database.includes(name));
  const dataSource = await new DataSource(migratingOptions(urls.databaseUrl, wanted)).initialize();
  const engine = new Engine(urls.clickhouseUrl, NO_LIMITS);
  try {
    await withLock(dataSource, 'migrations', () => runMigrations(dataSource));
    await migrateEngine(engine, undefined, ofEngine);
  } finally {
    await engine.close();
    await dataSource.destroy();
  }
}

/**
 * Brings both stores up to date. Safe when several processes start together: one does it, the others wait and find
 * nothing to do.
 * @throws StartupProblem where a store was brought further by a later program
 */
export async function migrateAll(urls: Pick<StoreUrls, 'databaseUrl' | 'clickhouseUrl'>): Promise<Migrated> {
  const dataSource = await new DataSource(migratingOptions(urls.databaseUrl)).initialize();
  const engine = new Engine(urls.clickhouseUrl, NO_LIMITS);
  try {
    return await withLock(dataSource, 'migrations', async () => {
      // Both are looked at before either is changed.
      await refuseLaterDatabase(dataSource);
      await refuseLaterEngine(engine);
      return { database: await runMigrations(dataSource), engine: await migrateEngine(engine) };
    });
  } finally {
    await engine.close();
    await dataSource.destroy();
  }
}
