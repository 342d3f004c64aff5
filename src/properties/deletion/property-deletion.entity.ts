import { Check, Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import { JobColumns } from '../../jobs/job-columns.js';
import { ATTEMPT_OF_SUCCESS, USUAL_STATES, type JobError, type JobKind } from '../../jobs/job-kind.js';

/** What a deletion does, in order. */
export const DELETION_STEPS = ['waiting', 'counting', 'engine', 'database', 'done'] as const;
export type DeletionStep = (typeof DELETION_STEPS)[number];

/** The deletion of a property as a job; it goes on until it is done. */
export const PROPERTY_DELETIONS: JobKind = {
  name: 'property-deletions',
  noun: 'deletion',
  table: 'property_deletions',
  states: USUAL_STATES,
  queuedAt: 'created_at',
  progress: null,
  rank: null,
  generation: null,
  resultAttempt: ATTEMPT_OF_SUCCESS,
  ofProperty: false,
  patience: 'unlimited',
  needsRoom: false,
};

/** A property that is gone for everybody, and how far its data are: a receipt, kept afterwards. */
@Entity('property_deletions')
@Index(['accountId', 'id'])
@Index('property_deletions_unfinished', ['createdAt'], { where: "state in ('queued', 'running')" })
@Check('property_deletions_state', "state in ('queued', 'running', 'succeeded')")
export class PropertyDeletionEntity extends JobColumns {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  accountId!: string;

  @Column('text')
  propertyId!: string;

  /** Of its rows in the engine. */
  @Column('integer')
  propertyNumber!: number;

  @Column('text')
  slug!: string;

  @Column('text')
  name!: string;

  @Column('text')
  apiKeyId!: string;

  @Column('text')
  state!: 'queued' | 'running' | 'succeeded';

  /** Why the last attempt did not come to its end. */
  @Column('json', { nullable: true })
  error!: JobError | null;

  @Column('text')
  step!: DeletionStep;

  /** What was deleted, by its name. */
  @Column('json', { default: {} })
  counts!: Record<string, number>;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  /** When the last attempt began. */
  @Column('timestamptz', { nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;
}
