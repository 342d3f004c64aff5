import { ApiProperty } from '@nestjs/swagger';
import type { RunEntity } from './run.entity.js';

/** How far a request is that has no end yet. */
export class ProgressDto {
  @ApiProperty({ type: 'integer', nullable: true, description: 'While queued: 1 is next.' })
  queue_position!: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Rows that the engine has read for it; null: not known yet.',
  })
  rows_read!: number | null;

  @ApiProperty({ type: 'integer', nullable: true, description: "The engine's estimate of all rows it will read." })
  rows_to_read!: number | null;

  @ApiProperty({ type: 'number', nullable: true, minimum: 0, maximum: 100 })
  percent!: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  started_at!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Since the start.' })
  elapsed_ms!: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'By what is read, or by past runs of the metric in the property; null: nothing is known.',
  })
  estimated_remaining_ms!: number | null;
}

/** What the rows of other runs say of one that has no end yet. */
export interface ProgressFigures {
  /** Queued runs that come before it. */
  readonly ahead: number;
  /** Runs that are worked on. */
  readonly underWay: number;
  /** Median of what past runs of the metric took; null: there are none. */
  readonly usualMs: number | null;
}

/** What was read says little before this much of it is, unless past runs say nothing any more. */
const TELLING_SHARE = 0.05;

/** How far a run is that has no end yet. */
export function toProgress(run: RunEntity, outlook: ProgressFigures, nowMs: number): ProgressDto {
  const isRunning = run.state === 'running' && run.startedAt !== null;
  const elapsedMs = isRunning && run.startedAt ? Math.max(0, nowMs - run.startedAt.getTime()) : null;
  const share = isRunning ? shareRead(run) : null;
  return {
    queue_position: run.state === 'queued' ? outlook.ahead + 1 : null,
    rows_read: isRunning ? run.rowsRead : null,
    rows_to_read: isRunning ? run.rowsToRead : null,
    percent: share === null ? null : Math.round(1000 * share) / 10,
    started_at: isRunning && run.startedAt ? run.startedAt.toISOString() : null,
    elapsed_ms: elapsedMs,
    estimated_remaining_ms: elapsedMs === null ? untilQueuedEnds(outlook) : remainingMs(elapsedMs, share, outlook),
  };
}

/** The engine's estimate may be too low; a run that is not over has not read all. */
function shareRead({ rowsRead, rowsToRead }: RunEntity): number | null {
  if (rowsRead === null || rowsToRead === null || rowsToRead === 0) return null;
  return Math.min(0.99, rowsRead / rowsToRead);
}

function remainingMs(elapsedMs: number, share: number | null, { usualMs }: ProgressFigures): number | null {
  const isUsual = usualMs !== null && elapsedMs < usualMs;
  if (share !== null && share > 0 && (share >= TELLING_SHARE || !isUsual))
    return Math.round((elapsedMs * (1 - share)) / share);
  return isUsual ? Math.round(usualMs - elapsedMs) : null;
}

/** As if those before it were of its kind. */
function untilQueuedEnds({ ahead, underWay, usualMs }: ProgressFigures): number | null {
  return usualMs === null ? null : Math.round(usualMs * (1 + ahead / Math.max(1, underWay)));
}
