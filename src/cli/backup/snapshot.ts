import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { EXIT_CODES, StartupProblem } from '../../platform/config/startup-problem.js';
import type { Engine } from '../../stores/clickhouse/engine.js';
import { withLock } from '../../stores/postgres/advisory-locks.js';
import { freeze, unfreeze, type FrozenParts } from './engine-parts.js';

const PATIENCE_MS = 600_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Both stores as they were: see decision 0057. */
export interface Snapshot {
  /** In a transaction that sees the database as it was at `takenAt`; whoever takes the snapshot ends it. */
  readonly client: Client;
  readonly takenAt: string;
  readonly parts: FrozenParts;
}

/** Batches of which rows are being taken away. */
const OPEN_DELETIONS = `SELECT count(*)::integer AS n FROM open_batches WHERE kind = 'deletion'`;

/**
 * What PostgreSQL says that the engine holds, one text each: while all of it is there, nothing of it was taken from the
 * engine, as whoever takes away changes the row first. Housekeeping does it the other way round, and is held off.
 */
const HELD = `
  SELECT concat('property ', property_id, ' deletions ', deletion_seq) AS held FROM ingest_counters
  UNION ALL SELECT concat('run ', id, ' ', attempt) FROM runs WHERE state = 'succeeded' AND gone_at IS NULL AND rows_stored
  UNION ALL SELECT concat('upload ', id, ' ', validation ->> 'attempt') FROM cohort_uploads
  UNION ALL SELECT concat('list ', property_id, ' ', hash) FROM member_sets
  UNION ALL SELECT concat('evaluation ', id) FROM (
    SELECT id, row_number() OVER (PARTITION BY cohort_id, version ORDER BY data_version DESC, as_of DESC, id DESC) AS place
    FROM cohort_evaluations WHERE state = 'succeeded') AS evaluations
  WHERE place <= 3`;

/**
 * Looks at PostgreSQL first and freezes the engine's parts after it, so that rows of every batch that the ledger knows
 * to be closed are there; and again where something was taken from the engine in between.
 * @throws StartupProblem where that does not come to a rest in ten minutes
 */
export async function takeSnapshot(dataSource: DataSource, databaseUrl: string, engine: Engine): Promise<Snapshot> {
  const endMs = performance.now() + PATIENCE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const snapshot = await withLock(dataSource, 'housekeeping', () => tryOnce(dataSource, databaseUrl, engine));
    if (snapshot !== null) return snapshot;
    if (performance.now() > endMs) {
      throw new StartupProblem(EXIT_CODES.unavailable, [
        'No backup was made: for ten minutes batches, uploads or properties were being deleted all the time. Try again when that is over',
      ]);
    }
    await sleep(pauseMs);
  }
}

/** Null: something is being taken away, or was meanwhile. */
async function tryOnce(dataSource: DataSource, databaseUrl: string, engine: Engine): Promise<Snapshot | null> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'muster backup' });
  await client.connect();
  let isTaken = false;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // The first statement fixes what the transaction sees.
    const takenAt = new Date().toISOString();
    const { rows } = await client.query<{ n: number }>(OPEN_DELETIONS);
    if (rows[0]?.n !== 0) return null;
    const held = await client.query<{ held: string }>(HELD);
    await unfreeze(engine);
    const parts = await freeze(engine, takenAt.replaceAll(/\D/g, ''));
    const now: { held: string }[] = await dataSource.query(HELD);
    const still = new Set(now.map((row) => row.held));
    isTaken = held.rows.every((row) => still.has(row.held));
    return isTaken ? { client, takenAt, parts } : null;
  } finally {
    if (!isTaken) await client.end();
  }
}
