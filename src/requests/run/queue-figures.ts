import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Config } from '../../platform/config/config.js';
import { PRIORITIES } from '../../core/request/asked-request.js';
import { RunMetrics } from './run-metrics.js';
import { priorityOf } from './turn.js';

/** A run has a handful of queries, each with its time limit: one that is at it for longer than this many of them is stuck. */
const STUCK_AFTER_LIMITS = 3;

const FIGURES = `
  SELECT state, turn, extract(epoch FROM now() - created_at)::float8 AS age_s,
    extract(epoch FROM now() - started_at)::float8 AS running_s
  FROM runs WHERE state IN ('queued', 'running')`;

interface FigureRow {
  readonly state: 'queued' | 'running';
  readonly turn: number;
  readonly age_s: number;
  readonly running_s: number | null;
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
    const rows: FigureRow[] = await this.dataSource.query(FIGURES);
    const queued = rows.filter(({ state }) => state === 'queued');
    const running = rows.filter(({ state }) => state === 'running');
    const limitS = (STUCK_AFTER_LIMITS * this.config.queryTimeLimitMs) / 1000;
    for (const priority of PRIORITIES) {
      this.queued.set({ priority }, queued.filter(({ turn }) => priorityOf(turn) === priority).length);
    }
    this.running.set(running.length);
    this.oldest.set(queued.reduce((oldest, { age_s }) => Math.max(oldest, age_s), 0));
    this.stuck.set(running.filter(({ running_s }) => (running_s ?? 0) > limitS).length);
  }
}
