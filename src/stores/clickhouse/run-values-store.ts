import { Injectable } from '@nestjs/common';
import { TypeID } from 'typeid-js';
import type { RunTarget } from '../../core/request/run-plan.js';
import { compileCellsPage, compileValuesPage } from '../../sql/stored-values.js';
import { Engine } from './engine.js';

/** Values as stored: a number and a reason (empty: the number counts) for each column. */
export interface StoredValues {
  readonly numbers: readonly number[];
  readonly reasons: readonly string[];
  /** One for each map column. */
  readonly maps: readonly Readonly<Record<string, number>>[];
}

/** One user's values over the whole window. */
export interface RunValuesRow extends StoredValues {
  readonly user: string;
}

/** One user's values over the whole window (cell 0) and in the cells of a series, by their numbers. */
export interface RunCellsRow {
  readonly user: string;
  readonly cells: readonly (StoredValues & { readonly cell: number })[];
}

/** What there is of one attempt at a run. */
export interface StoredAttempt {
  readonly runId: string;
  readonly attempt: number;
  readonly rows: number;
}

const DELETE_DEADLINE_MS = 5_000;
/**
 * Of the id of a run: `run_` and the first 25 bits of its time, nine hours and a third (0023_partition_run_values.sql).
 */
const PARTITION_LENGTH = 9;
/** Clocks of processes differ by far less. */
const SETTLED_MS = 3_600_000;

/** The per-user rows of runs, each attempt apart. Throws what `Engine` throws. */
@Injectable()
export class RunValuesStore {
  constructor(private readonly engine: Engine) {}

  /** At most `limit` users after `after` (null: from the first), by the bytes of their ids. */
  async page(target: RunTarget, after: string | null, limit: number): Promise<RunValuesRow[]> {
    const { rows } = await this.engine.rows<RunValuesRow>(compileValuesPage(target, after, limit));
    return rows;
  }

  /**
   * At most `limit` users after `after` (null: from the first), by the bytes of their ids, each with the cells of the
   * series.
   */
  async cellsPage(target: RunTarget, after: string | null, limit: number): Promise<RunCellsRow[]> {
    const { rows } = await this.engine.rows<RunCellsRow>(compileCellsPage(target, after, limit));
    return rows;
  }

  /** Removes the rows of one attempt. Most attempts have none, and a mutation would cost as much. */
  async deleteAttempt({ runId, attempt }: RunTarget): Promise<void> {
    // A shutdown waits for this: an engine that hangs must not hold it up.
    const options = { signal: AbortSignal.timeout(DELETE_DEADLINE_MS) };
    const params = { partition: partitionOf(runId), run: runId, attempt };
    const own = 'run_id = {run:String} AND attempt = {attempt:UInt16}';
    const any = await this.engine.rows({ sql: `SELECT 1 FROM run_values WHERE ${own} LIMIT 1`, params }, options);
    if (any.rows.length === 0) return;
    const sql = `DELETE FROM run_values IN PARTITION {partition:String} WHERE ${own}`;
    await this.engine.execute({ sql, params }, options);
  }

  /**
   * Removes the rows of all attempts at a run. They are not read any more at once; their bytes go with their partition.
   */
  async deleteRun(runId: string): Promise<void> {
    const sql = `DELETE FROM run_values IN PARTITION {partition:String} WHERE run_id = {run:String}`;
    await this.engine.execute({ sql, params: { partition: partitionOf(runId), run: runId } });
  }

  /**
   * Partitions of runs that were made more than an hour before `now`, and all of whose time is over: no run that is
   * made now writes into them. The oldest first.
   */
  async partitionsBefore(now: Date): Promise<string[]> {
    const sql = `SELECT DISTINCT partition FROM system.parts
WHERE database = currentDatabase() AND table = 'run_values' AND active AND partition < {end:String} ORDER BY partition`;
    const end = partitionOf(TypeID.fromUUID('run', uuidOf(now.getTime() - SETTLED_MS)).toString());
    const { rows } = await this.engine.rows<{ partition: string }>({ sql, params: { end } });
    return rows.map(({ partition }) => partition);
  }

  /** Whose rows there are in a partition: of `limit` runs after `after`, by their ids, with all attempts. */
  async attemptsIn(partition: string, after: string, limit: number): Promise<StoredAttempt[]> {
    const sql = `SELECT run_id AS runId, attempt, count() AS rows FROM run_values
WHERE startsWith(run_id, {partition:String}) AND run_id > {after:String} AND run_id <= (
  SELECT max(run_id) FROM (
    SELECT DISTINCT run_id FROM run_values WHERE startsWith(run_id, {partition:String}) AND run_id > {after:String} ORDER BY run_id LIMIT {limit:UInt32}))
GROUP BY run_id, attempt ORDER BY run_id, attempt`;
    return (await this.engine.rows<StoredAttempt>({ sql, params: { partition, after, limit } })).rows;
  }

  /** Removes everything of a partition at once, without reading it. Resolves to how many rows that was. */
  async dropPartition(partition: string): Promise<number> {
    const { rows } = await this.engine.rows<{ rows: number }>({
      sql: `SELECT sum(rows) AS rows FROM system.parts WHERE database = currentDatabase() AND table = 'run_values' AND active AND partition = {partition:String}`,
      params: { partition },
    });
    await this.engine.execute({
      sql: 'ALTER TABLE run_values DROP PARTITION {partition:String}',
      params: { partition },
    });
    return rows[0]?.rows ?? 0;
  }

  /** Removes the rows of attempts; their bytes stay until the partition is written anew. */
  async deleteFrom(partition: string, attempts: readonly StoredAttempt[]): Promise<void> {
    const lost = attempts.map(({ runId, attempt }) => `${runId} ${attempt}`);
    const runs = [...new Set(attempts.map(({ runId }) => runId))];
    const sql = `DELETE FROM run_values IN PARTITION {partition:String}
WHERE run_id IN {runs:Array(String)} AND concat(run_id, ' ', toString(attempt)) IN {lost:Array(String)}`;
    await this.engine.execute({ sql, params: { partition, runs, lost } });
  }

  /** Writes what is left of a partition anew, without what was deleted. */
  async rewrite(partition: string): Promise<void> {
    const sql = 'ALTER TABLE run_values APPLY DELETED MASK IN PARTITION {partition:String}';
    await this.engine.execute({ sql, params: { partition } });
  }
}

function partitionOf(runId: string): string {
  return runId.slice(0, PARTITION_LENGTH);
}

/** The first UUID of version 7 of an instant. */
function uuidOf(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
