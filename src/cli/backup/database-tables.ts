import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { escapeIdentifier, type Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { writeSummed, type FileSum } from './checked-files.js';
import type { DatabaseTable, Manifest } from './manifest.js';

/**
 * Ours that hold what must last: not the queue, which lies in a schema of its own and is filled again from the rows of
 * jobs, nor the list of migrations, which tells the schema, nor tables that do not outlive a crash.
 */
const TABLES = `
  SELECT class.relname AS name, array_agg(attribute.attname::text ORDER BY attribute.attnum) AS columns
  FROM pg_class AS class JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
  WHERE class.relnamespace = current_schema()::regnamespace AND class.relkind IN ('r', 'p') AND class.relpersistence = 'p'
    AND NOT class.relispartition AND class.relname <> 'schema_migrations'
    AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attgenerated = ''
  GROUP BY class.relname ORDER BY class.relname`;

const SEQUENCES = `
  SELECT sequencename AS name, last_value::text AS value FROM pg_sequences
  WHERE schemaname = current_schema() AND last_value IS NOT NULL ORDER BY sequencename`;

export interface DumpedDatabase {
  readonly database: Manifest['database'];
  readonly files: Readonly<Record<string, FileSum>>;
}

/** Writes every table as the transaction of the client sees it, each to a file below `folder`. */
export async function dumpDatabase(client: Client, folder: string): Promise<DumpedDatabase> {
  const found = await client.query<Pick<DatabaseTable, 'name' | 'columns'>>(TABLES);
  const tables: DatabaseTable[] = [];
  const files: Record<string, FileSum> = {};
  for (const { name, columns } of found.rows) {
    const file = `postgres/${name}.copy`;
    const source = client.query(copyTo(`COPY ${target(name, columns)} TO STDOUT`));
    files[file] = await writeSummed(join(folder, file), source);
    tables.push({ name, columns, rows: source.rowCount, file });
  }
  const sequences = await client.query<{ name: string; value: string }>(SEQUENCES);
  return { database: { tables, sequences: sequences.rows }, files };
}

/**
 * Puts the rows of a backup into tables of the same migrations, in one transaction.
 * @throws Error where a table takes another number of rows than the backup has
 */
export async function loadDatabase(client: Client, folder: string, { database }: Manifest): Promise<void> {
  await client.query('BEGIN');
  // Foreign keys are not looked at: rows that refer to each other come in any order, and all of them come.
  await client.query('SET LOCAL session_replication_role = replica');
  const names = database.tables.map(({ name }) => escapeIdentifier(name)).join(', ');
  await client.query(`TRUNCATE ${names}`);
  for (const { name, columns, rows, file } of database.tables) {
    const copied = client.query(copyFrom(`COPY ${target(name, columns)} FROM STDIN`));
    await pipeline(createReadStream(join(folder, file)), copied);
    if (copied.rowCount !== rows) throw new Error(`The table ${name} took ${copied.rowCount} rows of ${rows}`);
  }
  for (const { name, value } of database.sequences) {
    await client.query('SELECT setval($1::regclass, $2::bigint)', [escapeIdentifier(name), value]);
  }
  await client.query('COMMIT');
}

function target(name: string, columns: readonly string[]): string {
  return `${escapeIdentifier(name)} (${columns.map(escapeIdentifier).join(', ')})`;
}
