import type { DataSource } from 'typeorm';
import { JOB_KINDS } from '../../job-kinds.js';
import { ATTEMPT_OF_SUCCESS } from '../../jobs/job-kind.js';
import type { Engine } from '../../stores/clickhouse/engine.js';

/**
 * Starts of a job that the backed up program may have made between the look at PostgreSQL and the freezing of the
 * engine, a matter of seconds; more than there can be.
 */
const STARTS_MEANWHILE = 5;

/** Events of a property in the engine, and in the ledger of closed batches, where the two differ. */
export interface Difference {
  readonly property: string;
  readonly engine: number;
  readonly ledger: number;
}

/**
 * Makes of restored stores what a crash at the moment of the backup would have left: without batches that were numbered
 * later, whose numbers are given out again, and with jobs whose next attempt is a new one. Batches that were open are
 * ended by the next start, as after a crash.
 */
export async function settleRestored(dataSource: DataSource, engine: Engine): Promise<void> {
  await removeLater(dataSource, engine);
  for (const { table, states, resultAttempt } of JOB_KINDS) {
    // There the row's own attempt names the result.
    const where = resultAttempt === ATTEMPT_OF_SUCCESS ? `WHERE state <> '${states.succeeded}'` : '';
    await dataSource.query(
      `UPDATE ${table} SET attempt = attempt + ${STARTS_MEANWHILE}, handed_back = handed_back + ${STARTS_MEANWHILE} ${where}`,
    );
  }
}

async function removeLater(dataSource: DataSource, engine: Engine): Promise<void> {
  const known: { number: number; last_seq: string }[] = await dataSource.query(
    'SELECT number, last_seq FROM properties JOIN ingest_counters ON property_id = properties.id',
  );
  // Of a property that is not known the last number is 0: all of it goes.
  const last = 'transform(property, {numbers:Array(UInt32)}, {seqs:Array(UInt64)}, toUInt64(0))';
  const params = { numbers: known.map(({ number }) => number), seqs: known.map(({ last_seq: seq }) => Number(seq)) };
  await removeWhere(engine, 'events', `seq > ${last}`, params);
  await removeWhere(engine, 'user_changes', `seq > ${last}`, params);
  await removeWhere(engine, 'member_sets', 'property NOT IN {numbers:Array(UInt32)}', params);
}

async function removeWhere(engine: Engine, table: string, condition: string, params: object): Promise<void> {
  const found = await engine.rows({ sql: `SELECT 1 FROM ${table} WHERE ${condition} LIMIT 1`, params: { ...params } });
  if (found.rows.length > 0) {
    await engine.execute({ sql: `DELETE FROM ${table} WHERE ${condition}`, params: { ...params } });
  }
}

/** Batches in the journal, which may be in the engine or not, are in neither count. */
const JOURNALED = `SELECT 1 FROM event_journal AS journal
  WHERE journal.property_id = batches.property_id AND seq BETWEEN journal.first_seq AND journal.last_seq`;

const LEDGER = `
  SELECT slug, number, untallied_seq,
    ARRAY(SELECT seq::text FROM open_batches AS open WHERE open.property_id = properties.id
      UNION SELECT seq::text FROM batches WHERE batches.property_id = properties.id AND EXISTS (${JOURNALED})) AS apart,
    (SELECT coalesce(sum(accepted), 0) FROM batches
      WHERE batches.property_id = properties.id AND kind = 'events' AND seq > untallied_seq AND deleted_at IS NULL
        AND NOT EXISTS (${JOURNALED})) AS accepted
  FROM properties JOIN ingest_counters ON ingest_counters.property_id = properties.id ORDER BY number`;

interface LedgerRow {
  readonly slug: string;
  readonly number: number;
  readonly untallied_seq: string;
  readonly apart: readonly string[];
  readonly accepted: string;
}

/** Counts the events of closed batches in both stores; empty where they agree. */
export async function compareWithLedger(dataSource: DataSource, engine: Engine): Promise<Difference[]> {
  const ledger: LedgerRow[] = await dataSource.query(LEDGER);
  const differences: Difference[] = [];
  for (const { slug, number, untallied_seq: from, apart, accepted } of ledger) {
    const sql = `SELECT count() AS n FROM events FINAL
WHERE property = {number:UInt32} AND seq > {from:UInt64} AND NOT has({apart:Array(UInt64)}, seq)
SETTINGS do_not_merge_across_partitions_select_final = 1`;
    const { rows } = await engine.rows<{ n: number }>({
      sql,
      params: { number, from: Number(from), apart: apart.map(Number) },
    });
    const stored = rows[0]?.n ?? 0;
    if (stored !== Number(accepted)) differences.push({ property: slug, engine: stored, ledger: Number(accepted) });
  }
  return differences;
}
