import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Rows that a process has taken, to send them to the engine. */
export interface TakenEntry {
  readonly firstSeq: number;
  readonly propertyNumber: number;
  readonly hasFinerTimes: boolean;
  readonly rows: Buffer;
}

/** At most so many entries are sent at once: a process has no more than 16 MiB of its own in the journal. */
const MAX_ENTRIES = 1_000;

/** What nobody has taken, and what $2 has: a process takes one load at a time. */
const TAKE = `
  WITH taken AS (
    UPDATE event_journal SET taken_by = $2 WHERE property_id = $1 AND first_seq IN (
      SELECT first_seq FROM event_journal WHERE property_id = $1 AND (taken_by IS NULL OR taken_by = $2)
      ORDER BY first_seq LIMIT ${MAX_ENTRIES} FOR UPDATE)
      AND (taken_by IS NULL OR taken_by = $2)
    RETURNING first_seq::float8, property_number, has_finer_times, rows
  )
  SELECT * FROM taken ORDER BY first_seq`;

const HOLDERS = `
  SELECT taken_by, min(property_number) AS property_number FROM event_journal
  WHERE property_id = $1 AND first_seq <= $2::bigint GROUP BY taken_by`;

interface TakenRow {
  readonly first_seq: number;
  readonly property_number: number;
  readonly has_finer_times: boolean;
  readonly rows: Buffer;
}

/** The journal in PostgreSQL: rows of committed batches that are not in the engine yet. Throws what the database throws. */
@Injectable()
export class JournalStore {
  constructor(private readonly database: DataSource) {}

  /** Takes what no other process has taken, in the order of its numbers. */
  async take(propertyId: string, processId: string): Promise<TakenEntry[]> {
    const rows: TakenRow[] = await this.database.query(TAKE, [propertyId, processId]);
    return rows.map((row) => ({
      firstSeq: row.first_seq,
      propertyNumber: row.property_number,
      hasFinerTimes: row.has_finer_times,
      rows: row.rows,
    }));
  }

  /** What was taken is in the engine. */
  async remove(propertyId: string, processId: string, firstSeqs: readonly number[]): Promise<void> {
    await this.database.query(
      'DELETE FROM event_journal WHERE property_id = $1 AND taken_by = $2 AND first_seq = ANY ($3::bigint[])',
      [propertyId, processId, firstSeqs],
    );
  }

  /** Who has rows up to `seq`, null for those that nobody has taken, and the property in the engine. */
  async holders(propertyId: string, seq: number): Promise<{ takenBy: string | null; propertyNumber: number }[]> {
    const rows: { taken_by: string | null; property_number: number }[] = await this.database.query(HOLDERS, [
      propertyId,
      seq,
    ]);
    return rows.map(({ taken_by: takenBy, property_number: propertyNumber }) => ({ takenBy, propertyNumber }));
  }

  /** Gives back what a dead process has taken. */
  async release(propertyId: string, processId: string): Promise<void> {
    const sql = 'UPDATE event_journal SET taken_by = NULL WHERE property_id = $1 AND taken_by = $2';
    await this.database.query(sql, [propertyId, processId]);
  }

  /** Properties whose rows wait for longer than so many seconds, and the last of these. */
  async waiting(seconds: number): Promise<{ propertyId: string; seq: number }[]> {
    const sql = `SELECT property_id, max(first_seq)::float8 AS seq FROM event_journal
      WHERE created_at < now() - $1 * interval '1 second' GROUP BY property_id`;
    const rows: { property_id: string; seq: number }[] = await this.database.query(sql, [seconds]);
    return rows.map(({ property_id: propertyId, seq }) => ({ propertyId, seq }));
  }
}
