import type { CompiledQuery } from '../compiled-query.js';
import { IDENTITY } from './event-batch.js';

/** How many rows of later batches, below `untilSeq`, have an identity in common with a batch. */
export function compileLaterDuplicates(propertyNumber: number, seq: number, untilSeq: number): CompiledQuery {
  return query(`SELECT count() AS n FROM events WHERE ${laterDuplicates(propertyNumber, seq, untilSeq)}`);
}

/**
 * Deletes those rows: duplicates that were dropped, and must not come back in the place of what is taken back. They
 * have to go before the batch's own rows, by which they are known. Rows that repeat an event of a still earlier batch
 * go with them, which changes nothing.
 */
export function compileDeleteLaterDuplicates(propertyNumber: number, seq: number, untilSeq: number): CompiledQuery {
  return query(`DELETE FROM events WHERE ${laterDuplicates(propertyNumber, seq, untilSeq)}`);
}

/** Deletes the rows of a batch: those that count, and those that a merge has not taken away yet. */
export function compileDeleteEvents(propertyNumber: number, seq: number): CompiledQuery {
  return query(`DELETE FROM events WHERE property = ${propertyNumber} AND seq = ${seq}`);
}

/** Deletes the upserts of a batch. */
export function compileDeleteUserChanges(propertyNumber: number, seq: number): CompiledQuery {
  return query(`DELETE FROM user_changes WHERE property = ${propertyNumber} AND seq = ${seq}`);
}

/** What the upserts of a batch may have changed, beside all that others say of the same users. */
export interface GivenByUsersRow {
  readonly users: number;
  readonly registrations: number;
  readonly traits: number;
  /** UTC days of all registrations that were ever given to its users. */
  readonly days: number[];
}

/** Of a batch of upserts that is still there. */
export function compileGivenByUsers(propertyNumber: number, seq: number): CompiledQuery {
  const ofBatch = `property = ${propertyNumber} AND seq = ${seq}`;
  return query(`SELECT
  countIf(seq = ${seq}) AS users,
  countIf(seq = ${seq} AND registration_given) AS registrations,
  countIf(seq = ${seq} AND (notEmpty(text) OR notEmpty(number) OR notEmpty(flag) OR notEmpty(removed))) AS traits,
  groupUniqArrayIf(toInt32(toDate32(assumeNotNull(registered_at))), isNotNull(registered_at)) AS days
FROM user_changes
WHERE property = ${propertyNumber} AND user_id IN (SELECT user_id FROM user_changes WHERE ${ofBatch})`);
}

function laterDuplicates(propertyNumber: number, seq: number, untilSeq: number): string {
  return `property = ${propertyNumber} AND seq > ${seq} AND seq < ${untilSeq}
  AND ${IDENTITY} IN (SELECT ${IDENTITY} FROM events WHERE property = ${propertyNumber} AND seq = ${seq})`;
}

// ClickHouse: a mutation keeps its text and is done part by part, after a restart too: it carries numbers, no
// parameters.
function query(sql: string): CompiledQuery {
  return { sql, params: {} };
}
