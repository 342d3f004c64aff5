import { DAY_MS } from '../../core/time/utc-day.js';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Config } from '../../platform/config/config.js';
import { PeriodicTask } from '../../platform/process/periodic-task.js';
import { RunValuesStore, type StoredAttempt } from '../../stores/clickhouse/run-values-store.js';
import { Housekeeping, type Step } from '../../stores/postgres/housekeeping.js';
import { RunMetrics } from './run-metrics.js';
import type { RunEntity } from './run.entity.js';

const FLUSH_MS = 60_000;

/** Rows of one step: some tens of milliseconds. */
const BATCH = 500;
/** Runs of a partition that are looked at in one step. */
const ATTEMPTS = 1000;

/** Finished, and not read, since `$1`. */
const UNREAD = 'finished_at < $1 AND (read_at IS NULL OR read_at < $1)';

/** Answers that processes keep of these properties are not given any more. */
const REVISED = `revised AS (
  INSERT INTO property_revisions (property_id, revision) SELECT DISTINCT property_id, 1 FROM old
  ON CONFLICT (property_id) DO UPDATE SET revision = property_revisions.revision + 1)`;

/** A result goes, its run says so; who joins a run or reads it holds its row. */
const RESULTS = `
  WITH old AS (
    SELECT id, property_id FROM runs WHERE state = 'succeeded' AND gone_at IS NULL AND ${UNREAD}
    ORDER BY finished_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED),
  chunks AS (DELETE FROM answer_chunks USING old WHERE run_id = old.id),
  ${REVISED},
  gone AS (
    UPDATE runs SET result = NULL, result_bytes = NULL, result_chunks = NULL, gone_at = $2 FROM old WHERE runs.id = old.id
    RETURNING 1)
  SELECT count(*)::integer AS n FROM gone`;

const RUNS = `
  WITH old AS (
    SELECT id, property_id FROM runs WHERE ${UNREAD} ORDER BY finished_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED),
  asked AS (DELETE FROM requests USING old WHERE run_id = old.id RETURNING 1),
  ${REVISED},
  gone AS (DELETE FROM runs USING old WHERE runs.id = old.id RETURNING 1)
  SELECT (SELECT count(*) FROM gone)::integer AS n, (SELECT count(*) FROM asked)::integer AS requests`;

/** Runs whose rows in the engine are needed: those with a result, by its attempt, and those that may be writing. */
const IS_OWNER = `((state = 'succeeded' AND gone_at IS NULL) OR state IN ('queued', 'running'))`;
const OWNERS = `
  SELECT id, CASE WHEN state = 'succeeded' THEN attempt END AS attempt FROM runs WHERE id = ANY ($1) AND ${IS_OWNER}`;

interface Owner {
  readonly id: string;
  /** Null: of any. */
  readonly attempt: number | null;
}

/** Where a sweep is among the partitions of the engine, and what it has found in the one it is at. */
interface Place {
  readonly now: Date;
  readonly partition: string;
  readonly after: string;
  readonly rows: number;
  readonly lostRows: number;
}

/** Removes results that nobody reads, requests with their runs, and rows of the engine that belong to neither. */
@Injectable()
export class RunRetention implements OnModuleInit {
  private place: Place | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly values: RunValuesStore,
    private readonly config: Config,
    private readonly housekeeping: Housekeeping,
    private readonly metrics: RunMetrics,
  ) {}

  onModuleInit(): void {
    const { resultKeepMs, requestKeepMs } = this.config;
    this.housekeeping.add(
      { kind: 'results', step: (now) => this.counted(RESULTS, resultKeepMs, now, [now]) },
      { kind: 'runs', step: (now) => this.counted(RUNS, requestKeepMs, now, []) },
      { kind: 'user_rows', step: (now) => this.partitions(now) },
    );
    this.housekeeping.whenSwept((swept) => this.metrics.swept(swept));
  }

  private async counted(sql: string, keepMs: number, now: Date, more: readonly Date[]): Promise<number> {
    if (keepMs === 0) return 0;
    const [row]: { n: number }[] = await this.dataSource.query(sql, [new Date(now.getTime() - keepMs), ...more]);
    return row?.n ?? 0;
  }

  /**
   * Goes on through the partitions that no new run writes into. One of which no run is needed is dropped; of any other,
   * the attempts that are nobody's are deleted, and where that was most of it, its bytes too.
   */
  private async partitions(now: Date): Promise<Step> {
    const place = this.place?.now.getTime() === now.getTime() ? this.place : await this.next(now, '');
    if (place === null) return { removed: 0, isLast: true };
    if (place.after === '' && !(await this.hasOwners(place.partition))) {
      const rows = await this.values.dropPartition(place.partition);
      this.place = await this.next(now, place.partition);
      return { removed: rows, isLast: this.place === null };
    }
    const attempts = await this.values.attemptsIn(place.partition, place.after, ATTEMPTS);
    const lost = await this.lostOf(attempts);
    if (lost.length > 0) await this.values.deleteFrom(place.partition, lost);
    const seen = { rows: place.rows + rowsOf(attempts), lostRows: place.lostRows + rowsOf(lost) };
    const last = attempts.at(-1);
    if (last !== undefined) this.place = { ...place, ...seen, after: last.runId };
    else {
      if (seen.lostRows > 0 && seen.lostRows * 2 >= seen.rows) await this.values.rewrite(place.partition);
      this.place = await this.next(now, place.partition);
    }
    return { removed: rowsOf(lost), isLast: this.place === null };
  }

  private async next(now: Date, after: string): Promise<Place | null> {
    const partition = (await this.values.partitionsBefore(now)).find((name) => name > after);
    return partition === undefined ? null : { now, partition, after: '', rows: 0, lostRows: 0 };
  }

  /** Of runs that were made in the time of the partition; one of them may have yet to write into it. */
  private async hasOwners(partition: string): Promise<boolean> {
    const found: unknown[] = await this.dataSource.query(
      `SELECT 1 FROM runs WHERE starts_with(id, $1) AND ${IS_OWNER} LIMIT 1`,
      [partition],
    );
    return found.length > 0;
  }

  private async lostOf(attempts: readonly StoredAttempt[]): Promise<StoredAttempt[]> {
    const owners: Owner[] = await this.dataSource.query(OWNERS, [[...new Set(attempts.map(({ runId }) => runId))]]);
    const attemptOf = new Map(owners.map(({ id, attempt }) => [id, attempt]));
    return attempts.filter(({ runId, attempt }) => {
      const owner = attemptOf.get(runId);
      return owner === undefined || (owner !== null && owner !== attempt);
    });
  }
}

function rowsOf(attempts: readonly StoredAttempt[]): number {
  return attempts.reduce((sum, { rows }) => sum + rows, 0);
}

/**
 * Notes which results are read, to the day: a result that is read a thousand times a second costs one write a day, and
 * no reader waits for it.
 */
@Injectable()
export class RunReads implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly due = new Map<string, RunEntity>();
  private readonly flushing = new PeriodicTask(new Logger(RunReads.name), 'reads not noted', () => this.write());

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.flushing.start(FLUSH_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.flushing.stop();
    await this.flush();
  }

  note(run: RunEntity): void {
    if (run.readAt === null || Date.now() - run.readAt.getTime() > DAY_MS) this.due.set(run.id, run);
  }

  /** Never throws: what is lost is noted when it is read again. */
  async flush(): Promise<void> {
    await this.flushing.round();
  }

  private async write(): Promise<void> {
    const runs = [...this.due.values()];
    this.due.clear();
    if (runs.length === 0) return;
    const readAt = new Date();
    await this.dataSource.query('UPDATE runs SET read_at = $2 WHERE id = ANY ($1) AND gone_at IS NULL', [
      runs.map(({ id }) => id),
      readAt,
    ]);
    for (const run of runs) run.readAt = readAt;
  }
}
