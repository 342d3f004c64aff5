import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Engine } from '../../stores/clickhouse/engine.js';
import { copySummed, filesBelow, statOf, type FileSum } from './checked-files.js';
import type { EngineTable, Manifest } from './manifest.js';

/**
 * Not backed up: what is there only while a batch or a run is worked on, and the list of migrations, which tells the
 * schema.
 */
const LEFT_OUT = ['schema_migrations', 'staged_events', 'run_cohorts'];
/**
 * Of the names that we give to what is frozen: what a killed backup has left is known by it. ClickHouse: a folder has
 * such a name as it stands if it is made of letters, digits and underscores.
 */
const PREFIX = 'muster_backup_';

/** A table, the folder of its parts, and how many there are. */
interface Place {
  readonly name: string;
  readonly path: string;
  readonly parts: number;
}

/** Hard links to the parts of all tables as they were at one moment each; what is merged or deleted later stays here. */
export interface FrozenParts {
  /** Where the links are. */
  readonly folder: string;
  readonly tables: readonly Place[];
}

/** Freezes all tables that are backed up, whatever other programs are doing. Takes milliseconds a table. */
export async function freeze(engine: Engine, id: string): Promise<FrozenParts> {
  const disk = await diskOf(engine);
  const name = PREFIX + id;
  const tables = await placesOf(engine);
  for (const table of tables) {
    const sql = `ALTER TABLE ${table.name} FREEZE WITH NAME '${name}'`;
    await engine.execute({ sql, params: {} });
  }
  const folder = join(disk, 'shadow', name);
  const frozen = tables.map((table) => ({ ...table, path: join(folder, relative(disk, table.path)) }));
  await refuseUnknown(folder, frozen);
  return { folder, tables: frozen };
}

/** What lay elsewhere than it is looked for would be missing from the backup without a word. */
async function refuseUnknown(folder: string, tables: readonly Place[]): Promise<void> {
  const files = (await statOf(folder)) === null ? [] : await filesBelow(folder);
  const lost = files.find((file) => !tables.some(({ path }) => join(folder, file).startsWith(`${path}${sep}`)));
  if (lost !== undefined) throw new Error(`The frozen file ${lost} belongs to no table`);
  if (files.length === 0 && tables.some(({ parts }) => parts > 0)) throw new Error(`Nothing was frozen in ${folder}`);
}

/** Removes the links, and those of backups that were killed: only one backup is taken at a time. */
export async function unfreeze(engine: Engine): Promise<void> {
  const shadow = join(await diskOf(engine), 'shadow');
  if ((await statOf(shadow)) === null) return;
  const left = (await readdir(shadow)).filter((name) => name.startsWith(PREFIX));
  for (const name of left) await rm(join(shadow, name), { recursive: true, force: true });
}

export interface CopiedParts {
  readonly engine: Manifest['engine'];
  readonly files: Readonly<Record<string, FileSum>>;
}

/** Copies what is frozen to `engine/<table>/<part>` below `folder`. */
export async function copyParts(frozen: FrozenParts, folder: string): Promise<CopiedParts> {
  const tables: EngineTable[] = [];
  const files: Record<string, FileSum> = {};
  for (const { name, path } of frozen.tables) {
    const parts = (await statOf(path)) === null ? [] : await readdir(path);
    let rows = 0;
    for (const part of parts) {
      rows += Number(await readFile(join(path, part, 'count.txt'), 'utf8'));
      for (const file of await filesBelow(join(path, part))) {
        const to = join('engine', name, part, file);
        files[to] = await copySummed(join(path, part, file), join(folder, to));
      }
    }
    tables.push({ name, parts: parts.length, rows });
  }
  return { engine: { tables }, files };
}

/**
 * Puts the parts of a backup into empty tables of the same migrations.
 * @throws Error where a table has another number of rows then
 */
export async function attachParts(engine: Engine, folder: string, manifest: Manifest): Promise<void> {
  const places = new Map((await placesOf(engine)).map(({ name, path }) => [name, path]));
  // A merge would change the number of rows while it is looked at.
  await engine.execute({ sql: 'SYSTEM STOP MERGES', params: {} });
  for (const { name, parts, rows } of manifest.engine.tables) {
    const place = places.get(name);
    if (place === undefined) throw new Error(`The engine has no table ${name}`);
    if (parts === 0) continue;
    const source = join(folder, 'engine', name);
    for (const file of await filesBelow(source)) await copySummed(join(source, file), join(place, 'detached', file));
    await engine.execute({ sql: `ALTER TABLE ${name} ATTACH PARTITION ALL`, params: {} });
    const attached = await rowsOf(engine, name);
    if (attached !== rows) throw new Error(`The engine's table ${name} took ${attached} rows of ${rows}`);
  }
  await engine.execute({ sql: 'SYSTEM START MERGES', params: {} });
}

async function rowsOf(engine: Engine, table: string): Promise<number> {
  const sql = `SELECT sum(rows) AS rows FROM system.parts
WHERE database = currentDatabase() AND table = {table:String} AND active`;
  const { rows } = await engine.rows<{ rows: number }>({ sql, params: { table } });
  return rows[0]?.rows ?? 0;
}

async function placesOf(engine: Engine): Promise<Place[]> {
  const sql = `SELECT name, data_paths[1] AS path, active_parts AS parts FROM system.tables
WHERE database = currentDatabase() AND endsWith(engine, 'MergeTree') AND NOT has({left_out:Array(String)}, name) ORDER BY name`;
  return (await engine.rows<Place>({ sql, params: { left_out: LEFT_OUT } })).rows;
}

async function diskOf(engine: Engine): Promise<string> {
  const { rows } = await engine.rows<{ path: string }>({
    sql: `SELECT path FROM system.disks WHERE name = 'default'`,
    params: {},
  });
  if (rows[0] === undefined) throw new Error('The engine has no disk');
  return rows[0].path;
}
