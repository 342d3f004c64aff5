import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry, type OpenMetricsContentType } from 'prom-client';
import type { Swept } from '../../stores/postgres/housekeeping.js';
import type { EndedRun } from './ended-run.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** How a request was answered: by a fresh result, a stale one, a run that was there, or a new one. */
export type CacheOutcome = 'hit' | 'stale' | 'joined' | 'miss';

/** The figures of this process since it started, as counters: a collector adds the processes up. */
@Injectable()
export class RunMetrics {
  readonly registry = new Registry<OpenMetricsContentType>();

  private readonly requests = this.counter('muster_requests', 'Requests that were answered or accepted, by how.', [
    'outcome',
  ]);
  private readonly runs = this.counter('muster_runs', 'Runs that ended.', ['state', 'metric']);
  private readonly attempts = this.counter('muster_run_attempts', 'Attempts that came to an end of any kind.', [
    'state',
  ]);
  private readonly rows = this.counter('muster_engine_rows_read', 'Rows that the engine has read for runs.', []);
  private readonly bytes = this.counter('muster_engine_bytes_read', 'Bytes that the engine has read for runs.', []);
  private readonly waits = this.seconds('muster_run_queue_seconds', 'From the acceptance of a run to its start.');
  private readonly times = this.seconds('muster_run_seconds', 'From the start of a run to its end.');

  private readonly removed = this.counter('muster_housekeeping_removed', 'What housekeeping has removed.', ['kind']);
  private readonly sweeps = this.counter('muster_housekeeping_sweeps', 'Sweeps of this process.', ['outcome']);
  private readonly sweepTimes = this.seconds('muster_housekeeping_seconds', 'What a sweep took.');

  constructor() {
    this.registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
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

  gauge<T extends string>(name: string, help: string, labelNames: T[] = []): Gauge<T> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  private counter<T extends string>(name: string, help: string, labelNames: T[]): Counter<T> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private seconds(name: string, help: string): Histogram {
    return new Histogram({ name, help, buckets: SECONDS, registers: [this.registry] });
  }
}
