import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PRIORITIES, type Priority } from '../../core/request/raw-request.js';
import { Config } from '../../platform/config/config.js';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.js';
import type { Swept } from '../../stores/postgres/housekeeping.js';
import { LAST_INTERACTIVE_RANK } from './run-scheduler.js';

/** How a request was answered: by a fresh result, a stale one, a run that was there, or a new one. */
export type CacheOutcome = 'hit' | 'stale' | 'joined' | 'miss';

/** A run at its end, or an attempt that is tried again. */
export interface EndedRun {
  readonly runId: string;
  readonly hash: string;
  readonly metric: string;
  readonly state: 'succeeded' | 'failed' | 'cancelled' | 'retried';
  readonly attempt: number;
  /** From acceptance to start, and from start to end. */
  readonly queueMs: number | null;
  readonly runMs: number | null;
  readonly engineMs?: number;
  /** Of a run that did not succeed as far as was seen; null where it was over before anybody looked. */
  readonly rowsRead?: number | null;
  readonly bytesRead?: number | null;
  /** The most that its queries were seen to hold. */
  readonly memoryBytes?: number | null;
  readonly code?: string;
}

/** The figures of this process since it started, as counters: a collector adds the processes up. */
@Injectable()
export class RunMetrics {
  private readonly requests;
  private readonly runs;
  private readonly attempts;
  private readonly rows;
  private readonly bytes;
  private readonly waits;
  private readonly times;
  private readonly removed;
  private readonly sweeps;
  private readonly sweepTimes;

  constructor(metrics: MetricsRegistry) {
    this.requests = metrics.counter('muster_requests', 'Requests that were answered or accepted, by how.', ['outcome']);
    this.runs = metrics.counter('muster_runs', 'Runs that ended.', ['state', 'metric']);
    this.attempts = metrics.counter('muster_run_attempts', 'Attempts that came to an end of any kind.', ['state']);
    this.rows = metrics.counter('muster_engine_rows_read', 'Rows that the engine has read for runs.', []);
    this.bytes = metrics.counter('muster_engine_bytes_read', 'Bytes that the engine has read for runs.', []);
    this.waits = metrics.seconds('muster_run_queue_seconds', 'From the acceptance of a run to its start.');
    this.times = metrics.seconds('muster_run_seconds', 'From the start of a run to its end.');
    this.removed = metrics.counter('muster_housekeeping_removed', 'What housekeeping has removed.', ['kind']);
    this.sweeps = metrics.counter('muster_housekeeping_sweeps', 'Sweeps of this process.', ['outcome']);
    this.sweepTimes = metrics.seconds('muster_housekeeping_seconds', 'What a sweep took.');
  }

  answered(outcome: CacheOutcome): void {
    this.requests.inc({ outcome });
  }

  ended({ state, metric, queueMs, runMs, rowsRead, bytesRead }: EndedRun): void {
    if (runMs !== null) this.attempts.inc({ state });
    this.rows.inc(rowsRead ?? 0);
    this.bytes.inc(bytesRead ?? 0);
    if (state === 'retried') return;
    this.runs.inc({ state, metric });
    if (queueMs !== null) this.waits.observe(queueMs / 1000);
    if (runMs !== null) this.times.observe(runMs / 1000);
  }

  swept({ removed, failed, elapsedMs }: Swept): void {
    for (const [kind, count] of Object.entries(removed)) this.removed.inc({ kind }, count);
    this.sweeps.inc({ outcome: failed.length === 0 ? 'whole' : 'broken_off' });
    this.sweepTimes.observe(elapsedMs / 1000);
  }
}

/** Says of every run once how it ended and what it took, in the log and in the figures of /metrics. */
@Injectable()
export class RunLog {
  private readonly logger = new Logger(RunLog.name);

  constructor(private readonly metrics: RunMetrics) {}

  ended(run: EndedRun, cause?: unknown): void {
    this.metrics.ended(run);
    const line = { msg: run.state === 'retried' ? 'run to be tried again' : 'run ended', ...run };
    if (run.state === 'failed' || run.state === 'retried') this.logger.error({ ...line, err: cause });
    else this.logger.log(line);
  }
}

/**
 * A run has a handful of queries, each with its time limit: one that is at it for longer than this many of them is
 * stuck.
 */
const STUCK_AFTER_LIMITS = 3;

/** One row, however long the line is. */
const FIGURES = `
  SELECT
    count(*) FILTER (WHERE state = 'queued' AND rank <= $1)::integer AS interactive,
    count(*) FILTER (WHERE state = 'queued' AND rank > $1)::integer AS bulk,
    count(*) FILTER (WHERE state = 'running')::integer AS running,
    coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE state = 'queued')), 0)::float8 AS oldest_s,
    count(*) FILTER (WHERE state = 'running' AND started_at < now() - make_interval(secs => $2))::integer AS stuck
  FROM runs WHERE state IN ('queued', 'running')`;

interface FigureRow extends Readonly<Record<Priority, number>> {
  readonly running: number;
  readonly oldest_s: number;
  readonly stuck: number;
}

/** What all processes together have before them, read from the rows when it is requested. */
@Injectable()
export class QueueFigures {
  private readonly queued;
  private readonly running;
  private readonly oldest;
  private readonly stuck;

  constructor(
    private readonly dataSource: DataSource,
    private readonly config: Config,
    metrics: MetricsRegistry,
  ) {
    metrics.beforeAnswer(() => this.refresh());
    this.queued = metrics.gauge('muster_queued_runs', 'Runs that wait, of all processes.', ['priority']);
    this.running = metrics.gauge('muster_running_runs', 'Runs that are worked on, by all processes.');
    this.oldest = metrics.gauge('muster_oldest_queued_run_seconds', 'How long the run waits that waits longest.');
    this.stuck = metrics.gauge('muster_stuck_runs', 'Runs at work for longer than their queries may take.');
  }

  /** @throws what the database throws */
  private async refresh(): Promise<void> {
    const limitS = (STUCK_AFTER_LIMITS * this.config.queryTimeLimitMs) / 1000;
    const [row]: FigureRow[] = await this.dataSource.query(FIGURES, [LAST_INTERACTIVE_RANK, limitS]);
    if (row === undefined) throw new Error('An aggregate has one row');
    for (const priority of PRIORITIES) this.queued.set({ priority }, row[priority]);
    this.running.set(row.running);
    this.oldest.set(Math.max(row.oldest_s, 0));
    this.stuck.set(row.stuck);
  }
}
