import { Check, Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import { JobColumns } from '../jobs/job-columns.js';
import { ATTEMPT_OF_SUCCESS, USUAL_STATES, type JobError, type JobKind, type JobTarget } from '../jobs/job-kind.js';
import { bigintAsNumber } from '../stores/postgres/bigint-as-number.js';

export const EVALUATION_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type EvaluationState = (typeof EVALUATION_STATES)[number];

/** An evaluation as a job. */
export const COHORT_EVALUATIONS = {
  name: 'evaluations',
  noun: 'evaluation',
  table: 'cohort_evaluations',
  states: USUAL_STATES,
  queuedAt: 'created_at',
  progress: null,
  rank: null,
  generation: null,
  resultAttempt: ATTEMPT_OF_SUCCESS,
  ofProperty: true,
  patience: 'three_attempts',
  needsRoom: true,
} satisfies JobKind;

/** The name of the list in the engine that an attempt writes the members to. */
export function listOf({ id, attempt }: JobTarget): string {
  return attempt <= 1 ? id : `${id}.${attempt}`;
}

/** The names of all lists that an evaluation may have in the engine. */
export function listsOf({ id, attempt }: JobTarget): string[] {
  return Array.from({ length: Math.max(1, attempt) }, (_, i) => listOf({ id, attempt: i + 1 }));
}

/** Who was in a version of a cohort, by what data and as of when: `eval_...`. Its members are a list in the engine. */
@Entity('cohort_evaluations')
@Index(['cohortId', 'id'])
@Index(['finishedAt'])
@Index('cohort_evaluations_unfinished', ['createdAt'], { where: "state in ('queued', 'running')" })
@Check('cohort_evaluations_state', "state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')")
export class CohortEvaluationEntity extends JobColumns {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  propertyId!: string;

  @Column('text')
  cohortId!: string;

  @Column('integer')
  version!: number;

  @Column('text')
  state!: EvaluationState;

  /** Of the definition, with the cohorts that it names as they were. */
  @Column('text')
  hash!: string;

  @Column('bigint', { transformer: bigintAsNumber })
  dataVersion!: number;

  @Column('timestamptz')
  asOf!: Date;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  /** When the last attempt began. */
  @Column('timestamptz', { nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;

  @Column('integer', { nullable: true })
  size!: number | null;

  @Column('bigint', { nullable: true, transformer: bigintAsNumber })
  rowsRead!: number | null;

  @Column('double precision', { nullable: true })
  engineMs!: number | null;

  /** Passing time alone may change who is in the cohort. */
  @Column('boolean', { nullable: true })
  movesWithTime!: boolean | null;

  @Column('json', { nullable: true })
  error!: JobError | null;
}
