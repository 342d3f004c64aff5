import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataSource } from 'typeorm';
import { ENTITIES } from '../../entities.js';
import { appliedMigrations, knownMigrations } from '../../migrate-all.js';
import { programVersion } from '../../platform/config/package-root.js';
import { EXIT_CODES, laterProgram, StartupProblem } from '../../platform/config/startup-problem.js';
import { Engine } from '../../stores/clickhouse/engine.js';
import { withLockIfFree } from '../../stores/postgres/advisory-locks.js';
import { dataSourceOptions } from '../../stores/postgres/data-source.js';
import { syncFolder, syncTree } from './checked-files.js';
import { dumpDatabase } from './database-tables.js';
import { copyParts, unfreeze } from './engine-parts.js';
import { readManifest, writeManifest, type Manifest } from './manifest.js';
import { takeSnapshot } from './snapshot.js';
import { NO_LIMITS } from '../../stores/clickhouse/engine-settings.js';

interface Stores {
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
}

/**
 * Writes a backup of stores that are up, whatever else works on them, to a new folder. It has that name only when it is
 * whole; what a killed backup has left beside it is removed.
 * @throws StartupProblem where another backup is being made, or things are being deleted all the time
 */
export async function takeBackup(stores: Stores, folder: string): Promise<Manifest> {
  const dataSource = await new DataSource({
    ...dataSourceOptions(stores.databaseUrl, ENTITIES),
    poolSize: 3,
  }).initialize();
  const engine = new Engine(stores.clickhouseUrl, NO_LIMITS);
  const unfinished = `${folder}.unfinished`;
  try {
    await refuseOtherTables(dataSource, engine);
    const manifest = await withLockIfFree(dataSource, 'backup', async () => {
      await rm(unfinished, { recursive: true, force: true });
      await mkdir(unfinished, { recursive: true, mode: 0o700 });
      try {
        await fill(dataSource, engine, stores, unfinished);
        await rename(unfinished, folder);
        await syncFolder(dirname(folder));
      } finally {
        await unfreeze(engine);
        await rm(unfinished, { recursive: true, force: true });
      }
      return await readManifest(folder);
    });
    if (manifest !== null) return manifest;
    throw new StartupProblem(EXIT_CODES.folderInUse, ['Another backup is being made: wait for its end']);
  } finally {
    await engine.close();
    await dataSource.destroy();
  }
}

/**
 * What is read is written for the tables of this program.
 * @throws StartupProblem where the stores have others
 */
async function refuseOtherTables(dataSource: DataSource, engine: Engine): Promise<void> {
  const known = await knownMigrations();
  const applied = await appliedMigrations(dataSource, engine);
  for (const store of ['database', 'engine'] as const) {
    const later = applied[store].filter((name) => !known[store].includes(name));
    if (later.length > 0) throw laterProgram(store, later);
    if (applied[store].length === known[store].length) continue;
    throw new StartupProblem(EXIT_CODES.configuration, [
      `The ${store} is of an earlier Muster: take the backup with that version, or run "muster migrate" first`,
    ]);
  }
}

async function fill(dataSource: DataSource, engine: Engine, stores: Stores, folder: string): Promise<void> {
  const { client, takenAt, parts } = await takeSnapshot(dataSource, stores.databaseUrl, engine);
  try {
    const applied = await client.query<{ name: string; version: string }>(
      `SELECT name, current_setting('server_version') AS version FROM schema_migrations ORDER BY timestamp`,
    );
    const { database, files } = await dumpDatabase(client, folder);
    await client.query('COMMIT');
    const copied = await copyParts(parts, folder);
    const { rows } = await engine.rows<{ name: string; version: string }>({
      sql: 'SELECT name, version() AS version FROM schema_migrations ORDER BY name',
      params: {},
    });
    await writeManifest(folder, {
      versions: {
        muster: programVersion(),
        postgres: applied.rows[0]?.version ?? '',
        clickhouse: rows[0]?.version ?? '',
      },
      taken_at: takenAt,
      migrations: { database: applied.rows.map(({ name }) => name), engine: rows.map(({ name }) => name) },
      database,
      engine: copied.engine,
      files: { ...files, ...copied.files },
    });
    await syncTree(folder);
  } finally {
    await client.end();
  }
}
