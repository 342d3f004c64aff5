import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Config } from '../../platform/config/config.js';
import { PRIORITIES, type Priority } from '../../core/request/raw-request.js';
import { RunMetrics } from './run-metrics.js';
import { LAST_INTERACTIVE_RANK } from './rank.js';

/** A run has a handful of queries, each with its time limit: one that is at it for longer than this many of them is stuck. */
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

/** What all processes together have before them, read from the rows when it is asked for. */
@Injectable()
export class QueueFigures {
  private readonly queued;
  private readonly running;
  private readonly oldest;
  private readonly stuck;

  constructor(
    private readonly dataSource: DataSource,
    private readonly config: Config,
    metrics: RunMetrics,
  ) {
    this.queued = metrics.gauge('muster_queued_runs', 'Runs that wait, of all processes.', ['priority']);
    this.running = metrics.gauge('muster_running_runs', 'Runs that are worked on, by all processes.');
    this.oldest = metrics.gauge('muster_oldest_queued_run_seconds', 'How long the run waits that waits longest.');
    this.stuck = metrics.gauge('muster_stuck_runs', 'Runs at work for longer than their queries may take.');
  }

  /** @throws what the database throws */
  async refresh(): Promise<void> {
    const limitS = (STUCK_AFTER_LIMITS * this.config.queryTimeLimitMs) / 1000;
    const [row]: FigureRow[] = await this.dataSource.query(FIGURES, [LAST_INTERACTIVE_RANK, limitS]);
    if (row === undefined) throw new Error('An aggregate has one row');
    for (const priority of PRIORITIES) this.queued.set({ priority }, row[priority]);
    this.running.set(row.running);
    this.oldest.set(Math.max(row.oldest_s, 0));
    this.stuck.set(row.stuck);
  }
}
