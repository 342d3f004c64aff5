import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type ProgressDto, toProgress } from './progress.dto.js';
import type { RunEntity } from './run.entity.js';

/** Past runs that an estimate is made of. */
const PAST_RUNS = 20;

const OUTLOOK = `
  SELECT
    (SELECT count(*)::integer FROM runs WHERE state = 'queued' AND (rank, id) < ($3, $4)) AS ahead,
    (SELECT count(*)::integer FROM runs WHERE state = 'running') AS under_way,
    (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY took) FROM (
       SELECT (extract(epoch FROM finished_at - started_at) * 1000)::float8 AS took FROM runs
       WHERE property_id = $1 AND metric = $2 AND state = 'succeeded' ORDER BY finished_at DESC LIMIT ${PAST_RUNS}) AS past) AS usual_ms`;

interface OutlookRow {
  readonly ahead: number;
  readonly under_way: number;
  readonly usual_ms: number | null;
}

/** Tells how far a run is, by its own row, the line it stands in and what runs of its kind took before. */
@Injectable()
export class RunProgress {
  constructor(private readonly dataSource: DataSource) {}

  async of(run: RunEntity): Promise<ProgressDto> {
    const [row]: OutlookRow[] = await this.dataSource.query(OUTLOOK, [run.propertyId, run.metric, run.rank, run.id]);
    const outlook = { ahead: row?.ahead ?? 0, underWay: row?.under_way ?? 0, usualMs: row?.usual_ms ?? null };
    return toProgress(run, outlook, Date.now());
  }
}
