import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { GroupedRows } from '../../stores/clickhouse/event-store.js';
import type { Statement } from '../../stores/postgres/one-trip.js';
import { NO_COUNTS, NOBODY, type BatchCounts, type Sent } from './batch-counts.js';
import type { BatchKind } from './batch.entity.js';
import { changeParameters, type Moved } from './data-changes.js';
import {
  BEFORE,
  CHANGED_SINCE,
  CLOSE,
  DATA_VERSION,
  JOURNAL,
  LAST_GIVEN,
  OPEN,
  OPEN_BATCHES,
  OPEN_DELETION,
  RECORD_CHANGES,
  STANDING,
} from './ledger-sql.js';

/** A batch that ends: what it moved, and what became of its items. */
export interface Ending extends Moved {
  readonly counts: BatchCounts;
  readonly isDeletion?: boolean;
}

/** The data version, and the last number given to a deletion: above it, one is under way. */
export interface LedgerState {
  readonly dataVersion: number;
  /** The last number that was given out. */
  readonly lastSeq: number;
  readonly deletionSeq: number;
  /** The property was deleted. */
  readonly isGone: boolean;
  /** Rows of closed batches are not in the engine yet. */
  readonly isJournaled: boolean;
}

/** A row of `DATA_VERSION`. */
export interface LedgerStateRow {
  readonly version: string;
  readonly last_seq: string;
  readonly deletion_seq: string;
  readonly is_journaled: boolean;
}

/** Where a property stands, for who wants to commit without a look at what is stored. */
export interface Standing {
  readonly lastSeq: number;
  readonly isQuiet: boolean;
  readonly isChanged: boolean;
  readonly isJournaled: boolean;
}

export interface OpenBatchRow {
  readonly property_id: string;
  readonly number: number;
  readonly seq: string;
  readonly kind: BatchKind;
  readonly instance_id: string;
  readonly target_seq: string | null;
}

/**
 * The ledger in PostgreSQL: counters, open batches, batches, moved days and sums. Each call is one statement (`ledger-sql.ts`), so
 * it holds whole or not at all, whatever dies. Throws what the database throws.
 */
@Injectable()
export class LedgerStore {
  constructor(private readonly database: DataSource) {}

  /** The numbers given out, from the lowest; empty where the property is gone. `deletion`: one that is under way. */
  async open(
    propertyId: string,
    kind: 'events' | 'users',
    instanceId: string,
    sent: readonly Sent[],
  ): Promise<{ seqs: number[]; deletion: number | null }> {
    const parameters = [
      propertyId,
      kind,
      instanceId,
      sent.map(({ streamSeq }) => streamSeq),
      sent.map(({ apiKeyId }) => apiKeyId),
    ];
    const rows: { seq: string; deletion: string | null }[] = await this.database.query(OPEN, parameters);
    const deletion = rows[0]?.deletion ?? null;
    return {
      seqs: rows.map(({ seq }) => Number(seq)).toSorted((a, b) => a - b),
      deletion: deletion === null ? null : Number(deletion),
    };
  }

  /** The number of the deletion of a batch. Null: it has one already, or there is no such batch. */
  async openDeletion(
    propertyId: string,
    targetSeq: number,
    instanceId: string,
    apiKeyId: string | null,
  ): Promise<number | null> {
    const parameters = [propertyId, targetSeq, instanceId, apiKeyId];
    const [row]: { seq: string }[] = await this.database.query(OPEN_DELETION, parameters);
    return row === undefined ? null : Number(row.seq);
  }

  async touch(propertyId: string, moved: Moved): Promise<void> {
    await this.database.query(RECORD_CHANGES, [propertyId, moved.seq, ...changeParameters([moved])]);
  }

  /** `ended`: those that were still open. */
  async close(propertyId: string, endings: readonly Ending[]): Promise<{ ended: Set<number>; dataVersion: number }> {
    const parameters = [propertyId, JSON.stringify(endings.map((one) => endingRow(one))), ...changeParameters(endings)];
    const [row]: { ended: number[]; version: string }[] = await this.database.query(CLOSE, parameters);
    return { ended: new Set(row?.ended), dataVersion: Number(row?.version ?? 0) };
  }

  /**
   * Commits batches of new events, numbered after `lastSeq`, with their rows for the engine. False: another number was
   * given out since, and nothing was done.
   */
  async journal(
    propertyId: string,
    lastSeq: number,
    batches: readonly (Ending & { readonly sent: Sent })[],
    { propertyNumber, hasFinerTimes, rows }: GroupedRows,
  ): Promise<boolean> {
    const endings = JSON.stringify(batches.map((one) => endingRow(one, one.sent)));
    const journaled = [lastSeq, rows, hasFinerTimes, propertyNumber, batches.length];
    const found: unknown[] = await this.database.query(JOURNAL, [
      propertyId,
      endings,
      ...changeParameters(batches),
      ...journaled,
    ]);
    return found.length > 0;
  }

  /** Null: the property is gone. `isChanged`: something else than upserts, and than `known`, came after `seq`. */
  async standing(propertyId: string, seq: number, known: readonly number[]): Promise<Standing | null> {
    const [row]: { last_seq: string; is_quiet: boolean; is_changed: boolean; is_journaled: boolean }[] =
      await this.database.query(STANDING, [propertyId, seq, known]);
    if (row === undefined) return null;
    const { last_seq: lastSeq, is_quiet: isQuiet, is_changed: isChanged, is_journaled: isJournaled } = row;
    return { lastSeq: Number(lastSeq), isQuiet, isChanged, isJournaled };
  }

  async state(propertyId: string): Promise<LedgerState> {
    const { sql, values } = this.stateStatement(propertyId);
    const [row]: LedgerStateRow[] = await this.database.query(sql, [...values]);
    return ledgerStateOf(row);
  }

  /** The statement behind `state`, for whoever asks more in the same trip; for `ledgerStateOf`. */
  stateStatement(propertyId: string): Statement {
    return { sql: DATA_VERSION, values: [propertyId] };
  }

  /** The open numbers below `seq`, which of the days hold events of closed ones, and whether rows below are not in the engine yet. */
  async before(
    propertyId: string,
    seq: number,
    days: readonly number[],
  ): Promise<{ open: number[]; days: number[]; isJournaled: boolean }> {
    const [row]: { open: number[]; days: number[]; is_journaled: boolean }[] = await this.database.query(BEFORE, [
      propertyId,
      seq,
      days,
    ]);
    return { open: row?.open ?? [], days: row?.days ?? [], isJournaled: row?.is_journaled ?? false };
  }

  /** The last number that was given out; 0: none. */
  async lastGiven(propertyId: string): Promise<number> {
    const [row]: { seq: string }[] = await this.database.query(LAST_GIVEN, [propertyId]);
    return Number(row?.seq ?? 0);
  }

  /** What moved, by kind; undefined: nothing came in. For `parameters` see `CHANGED_SINCE`. */
  async changedSince(parameters: readonly unknown[]): Promise<Record<string, boolean> | undefined> {
    const [row]: Record<string, boolean>[] = await this.database.query(CHANGED_SINCE, [...parameters]);
    return row;
  }

  openBatches(): Promise<OpenBatchRow[]> {
    return this.database.query(OPEN_BATCHES);
  }
}

/** Undefined: the property is gone. */
export function ledgerStateOf(row: LedgerStateRow | undefined): LedgerState {
  return {
    dataVersion: Number(row?.version ?? 0),
    lastSeq: Number(row?.last_seq ?? 0),
    deletionSeq: Number(row?.deletion_seq ?? 0),
    isGone: row === undefined,
    isJournaled: row?.is_journaled ?? false,
  };
}

function endingRow({ seq, counts, isDeletion = false }: Ending, sent: Sent = NOBODY): object {
  const { firstMs, lastMs, ...items } = { ...NO_COUNTS, ...counts };
  return {
    seq,
    ...items,
    first_ms: firstMs,
    last_ms: lastMs,
    is_deletion: isDeletion,
    stream_seq: sent.streamSeq,
    api_key_id: sent.apiKeyId,
  };
}
