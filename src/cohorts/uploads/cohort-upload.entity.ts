import { Check, Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import type { SetHash } from '../../core/ids.js';
import type { RowReason, RowStatus, ValidationMode } from '../../core/upload/upload-row.js';
import { JobColumns } from '../../jobs/job-columns.js';
import type { JobError, JobKind } from '../../jobs/job-kind.js';
import { bigintAsNumber } from '../../stores/postgres/bigint-as-number.js';

/**
 * `receiving`: the body is being read. `queued`, `validating`: its rows are to be checked. `validated`: it can be
 * finished. `finished`: it has become members of a cohort.
 */
export const UPLOAD_STATES = ['receiving', 'queued', 'validating', 'validated', 'failed', 'finished'] as const;
export type UploadState = (typeof UPLOAD_STATES)[number];

export const UPLOAD_FORMATS = ['json', 'ndjson', 'csv', 'text', 'cohort'] as const;
export type UploadFormat = (typeof UPLOAD_FORMATS)[number];

/** What a validation has found. */
export interface Validation {
  /** Under which the engine has its verdicts. */
  readonly attempt: number;
  readonly mode: ValidationMode;
  readonly dataVersion: number;
  readonly asOf: string;
  readonly finishedAt: string;
  readonly counts: Readonly<Record<RowStatus, number>>;
  readonly reasons: Readonly<Partial<Record<RowReason, number>>>;
  /** Distinct users whom it accepts, and the SHA-256 of them as a list. */
  readonly members: number;
  readonly setHash: SetHash;
}

/** The validation of an upload as a job. */
export const UPLOAD_VALIDATIONS: JobKind = {
  name: 'uploads',
  noun: 'validation',
  table: 'cohort_uploads',
  states: {
    preparing: 'receiving',
    queued: 'queued',
    running: 'validating',
    succeeded: 'validated',
    failed: 'failed',
  },
  queuedAt: 'queued_at',
  progress: 'rows_checked',
  rank: null,
  generation: 'asked',
  resultAttempt: "(validation ->> 'attempt')::integer",
  ofProperty: true,
  patience: 'three_attempts',
  needsRoom: true,
};

/** The cohort that an upload became. */
export interface UploadedCohort {
  readonly id: string;
  readonly version: number;
}

/** A list of users on its way to be a cohort: `upl_...`. Its rows are in the engine. */
@Entity('cohort_uploads')
@Index(['propertyId', 'id'])
@Index(['expiresAt'])
@Index('cohort_uploads_unfinished', ['state'], { where: "state in ('receiving', 'queued', 'validating')" })
@Index(['propertyId', 'idempotencyKey'], { unique: true, where: 'idempotency_key IS NOT NULL' })
@Check('cohort_uploads_state', "state in ('receiving', 'queued', 'validating', 'validated', 'failed', 'finished')")
export class CohortUploadEntity extends JobColumns {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  propertyId!: string;

  @Column('text')
  state!: UploadState;

  /** Of the new cohort; null: it is to be a version of `targetId`. */
  @Column('text', { nullable: true })
  name!: string | null;

  @Column('text', { default: '' })
  description!: string;

  @Column('text', { array: true, default: [] })
  tags!: string[];

  /** The cohort of which it is to be a version. */
  @Column('text', { nullable: true })
  targetId!: string | null;

  /** If-Match as the upload was sent. */
  @Column('text', { nullable: true })
  ifMatch!: string | null;

  @Column('text')
  mode!: ValidationMode;

  @Column('text')
  format!: UploadFormat;

  /** CSV: whether the first row was taken for a header. */
  @Column('boolean', { nullable: true })
  hasHeader!: boolean | null;

  /** CSV: the column of the users, from 1. */
  @Column('integer', { nullable: true })
  columnNumber!: number | null;

  /** The same as the header has it; null where there is none. */
  @Column('text', { nullable: true })
  columnName!: string | null;

  /** What stands in the first rows that are not blank. */
  @Column('json', { default: [] })
  firstTexts!: string[];

  /** The process that reads the body. */
  @Column('text')
  instanceId!: string;

  @Column('text', { nullable: true })
  idempotencyKey!: string | null;

  /** SHA-256 of path, query, media type and body. */
  @Column('text', { nullable: true })
  fingerprint!: string | null;

  @Column('integer', { default: 0 })
  rows!: number;

  @Column('integer', { default: 0 })
  rowsChecked!: number;

  /** Validations that were requested. */
  @Column('integer', { default: 1 })
  asked!: number;

  /** When the validation was requested, and when its last attempt began and ended. */
  @CreateDateColumn({ type: 'timestamptz' })
  queuedAt!: Date;

  @Column('timestamptz', { nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;

  @Column('bigint', { nullable: true, transformer: bigintAsNumber })
  dataVersion!: number | null;

  @Column('timestamptz', { nullable: true })
  asOf!: Date | null;

  /** The last one that came to its end. */
  @Column('json', { nullable: true })
  validation!: Validation | null;

  @Column('json', { nullable: true })
  error!: JobError | null;

  @Column('json', { nullable: true })
  cohort!: UploadedCohort | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz')
  expiresAt!: Date;
}
