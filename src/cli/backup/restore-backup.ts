import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { knownMigrations, migrateAll, migrateTo } from '../../migrate-all.js';
import { laterProgram } from '../../platform/config/startup-problem.js';
import { Engine } from '../../stores/clickhouse/engine.js';
import { dataSourceOptions } from '../../stores/postgres/data-source.js';
import { ENTITIES } from '../../entities.js';
import { loadDatabase } from './database-tables.js';
import { attachParts } from './engine-parts.js';
import { checkFiles, readManifest, type Manifest } from './manifest.js';
import { compareWithLedger, settleRestored, type Difference } from './settle-restored.js';
import { NO_LIMITS } from '../../stores/clickhouse/engine-settings.js';

/**
 * Whether a backup is whole, and of data that this program knows.
 * @throws StartupProblem where it is not
 */
export async function checkBackup(folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder);
  const known = await knownMigrations();
  for (const store of ['database', 'engine'] as const) {
    const later = manifest.migrations[store].filter((name) => !known[store].includes(name));
    if (later.length > 0) throw laterProgram(store, later);
  }
  await checkFiles(folder, manifest);
  return manifest;
}

/**
 * Puts a backup that was checked into stores that are new and empty, and resolves to where the events that are there
 * then are not those of the ledger.
 * @throws Error where a table takes another number of rows than the backup has
 */
export async function restoreBackup(
  urls: { readonly databaseUrl: string; readonly clickhouseUrl: string },
  folder: string,
  manifest: Manifest,
): Promise<Difference[]> {
  await migrateTo(urls, manifest.migrations);
  const client = new Client({ connectionString: urls.databaseUrl });
  await client.connect();
  try {
    await loadDatabase(client, folder, manifest);
  } finally {
    await client.end();
  }
  const engine = new Engine(urls.clickhouseUrl, NO_LIMITS);
  const dataSource = await new DataSource(dataSourceOptions(urls.databaseUrl, ENTITIES)).initialize();
  try {
    await attachParts(engine, folder, manifest);
    // What follows is written for the tables of this program.
    await migrateAll(urls);
    await settleRestored(dataSource, engine);
    return await compareWithLedger(dataSource, engine);
  } finally {
    await dataSource.destroy();
    await engine.close();
  }
}
