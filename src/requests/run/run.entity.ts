import { Check, Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import { JobColumns } from '../../jobs/job-columns.js';
import { ATTEMPT_OF_SUCCESS, isOver, USUAL_STATES, type JobError, type JobKind } from '../../jobs/job-kind.js';
import { bigintAsNumber } from '../../stores/postgres/bigint-as-number.js';
import type { CanonicalRequest } from '../../core/request/canonical-request.js';
import type { Failure } from '../../core/failure.js';
import type { RunResult } from '../../core/request/run-result.js';
import type { PartSizes } from '../../core/request/result-chunks.js';

export const RUN_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** A run as a job. */
export const METRIC_RUNS: JobKind = {
  name: 'runs',
  noun: 'run',
  table: 'runs',
  states: USUAL_STATES,
  queuedAt: 'created_at',
  progress: 'rows_read',
  rank: 'rank',
  generation: null,
  resultAttempt: ATTEMPT_OF_SUCCESS,
  ofProperty: true,
  patience: 'three_attempts',
  needsRoom: true,
};

/** Whether the state is an end state: the row does not change any more. */
export function isFinished(state: RunState): boolean {
  return isOver(METRIC_RUNS, state);
}

/**
 * The work that answers every request of one hash. The row is the truth; the queue only says "look at it". Its id is
 * the job's id.
 */
@Entity('runs')
@Index('runs_fresh', ['propertyId', 'hash', 'finishedAt'], { where: "state = 'succeeded'" })
@Index('runs_unfinished', ['propertyId', 'hash'], { where: "state in ('queued', 'running')" })
@Index('runs_line', ['state', 'rank', 'id'], { where: "state in ('queued', 'running')" })
@Index('runs_of_account', ['accountId', 'rank'], { where: "state in ('queued', 'running')" })
@Index('runs_of_caller', ['callerId', 'rank'], { where: "state in ('queued', 'running')" })
@Index('runs_past', ['propertyId', 'metric', 'finishedAt'], { where: "state = 'succeeded'" })
@Index('runs_kept_results', ['state', 'goneAt', 'finishedAt'])
@Index('runs_finished', ['finishedAt'])
@Check('runs_state', "state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')")
export class RunEntity extends JobColumns {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  propertyId!: string;

  /** The property's. */
  @Column('text')
  accountId!: string;

  /** Id of the key or person that requested it first; null: of before this was noted. */
  @Column('text', { nullable: true })
  callerId!: string | null;

  @Column('text')
  hash!: string;

  /** The canonical request's. */
  @Column('text')
  metric!: string;

  @Column('json')
  canonical!: CanonicalRequest;

  /**
   * In which the canonical request is stored (core/stored). Rows of programs that tell none are of form 2, or 1 by the
   * migration.
   */
  @Column('integer', { default: 2 })
  form!: number;

  @Column('text')
  state!: RunState;

  /** Its place among the queued: the lowest is next (see rank.ts). */
  @Column('integer', { default: 1 })
  rank!: number;

  /** How much of what it reads the attempt under way has read, as far as it is known. */
  @Column('bigint', { nullable: true, transformer: bigintAsNumber })
  rowsRead!: number | null;

  @Column('bigint', { nullable: true, transformer: bigintAsNumber })
  rowsToRead!: number | null;

  @Column('bigint', { nullable: true, transformer: bigintAsNumber })
  dataVersion!: number | null;

  @Column('timestamptz', { nullable: true })
  asOf!: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  validUntil!: Date | null;

  /** When its result was read last, to the day; null: not yet. */
  @Column('timestamptz', { nullable: true })
  readAt!: Date | null;

  /** When its result was removed, as nobody read it. */
  @Column('timestamptz', { nullable: true })
  goneAt!: Date | null;

  /** Whole, or without the parts that `resultChunks` tells of. */
  @Column('json', { nullable: true })
  result!: RunResult | null;

  /** Of the JSON of the whole result. */
  @Column('integer', { nullable: true })
  resultBytes!: number | null;

  /** The parts that stand in `answer_chunks`; null: the result is whole. */
  @Column('json', { nullable: true })
  resultChunks!: PartSizes | null;

  /** Whether the rows of its users are in the engine; else they are stored when somebody first reads them. */
  @Column('boolean', { default: true })
  rowsStored!: boolean;

  @Column('jsonb', { nullable: true })
  error!: JobError | null;

  /** Why nothing can be made of it; then only what are no JSON columns may be looked at. */
  unreadable!: Failure | null;
}
