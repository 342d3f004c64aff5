import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../stores/postgres/bigint-as-number.js';

export const EVALUATION_STATES = ['running', 'succeeded', 'failed'] as const;
export type EvaluationState = (typeof EVALUATION_STATES)[number];

export interface EvaluationError {
  readonly code: string;
  readonly detail: string;
  readonly retryable: boolean;
}

/** Who was in a version of a cohort, by what data and as of when. Its members are a list in the engine, named by its id: `eval_...`. */
@Entity('cohort_evaluations')
@Index(['cohortId', 'id'])
@Index(['finishedAt'])
@Check('cohort_evaluations_state', "state in ('running', 'succeeded', 'failed')")
export class CohortEvaluationEntity {
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

  /** The process that works on it. */
  @Column('text')
  instanceId!: string;

  /** Of the definition, with the cohorts that it names as they were. */
  @Column('text')
  hash!: string;

  @Column('bigint', { transformer: bigintAsNumber })
  dataVersion!: number;

  @Column('timestamptz')
  asOf!: Date;

  @Column('timestamptz')
  startedAt!: Date;

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
  error!: EvaluationError | null;
}
