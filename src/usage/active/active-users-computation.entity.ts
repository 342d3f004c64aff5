import { Check, Column, CreateDateColumn, Entity, Generated, Index, PrimaryColumn } from 'typeorm';
import type { ActiveUsersFigures } from '../../core/usage/active-users-figures.js';
import { JobColumns } from '../../jobs/job-columns.js';
import { ATTEMPT_OF_SUCCESS, USUAL_STATES, type JobError, type JobKind } from '../../jobs/job-kind.js';
import { bigintAsNumber } from '../../stores/postgres/bigint-as-number.js';

/** A computation of active users as a job. */
export const ACTIVE_USERS = {
  name: 'active_users',
  noun: 'activity',
  table: 'active_users_computations',
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

/** Active users of a property at one instant, computed when they were due: `act_...`. */
@Entity('active_users_computations')
@Index(['propertyId', 'number'])
@Index(['finishedAt'])
@Index('active_users_computations_unfinished', ['propertyId'], {
  unique: true,
  where: "state in ('queued', 'running')",
})
@Check('active_users_computations_state', "state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')")
export class ActiveUsersComputationEntity extends JobColumns {
  @PrimaryColumn('text')
  id!: string;

  /** Rises from one to the next, whatever the clocks say. */
  @Generated('increment')
  @Column('bigint', { transformer: bigintAsNumber })
  number!: number;

  @Column('text')
  propertyId!: string;

  @Column('text')
  state!: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

  /** Of the settings by which it was computed; before, of those by which it came due. */
  @Column('integer')
  settingsVersion!: number;

  @Column('bigint', { nullable: true, transformer: bigintAsNumber })
  dataVersion!: number | null;

  /** Of the database's clock, as the times below. */
  @Column('timestamptz', { nullable: true })
  asOf!: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;

  @Column('jsonb', { nullable: true })
  figures!: ActiveUsersFigures | null;

  @Column('bigint', { nullable: true, transformer: bigintAsNumber })
  rowsRead!: number | null;

  @Column('double precision', { nullable: true })
  engineMs!: number | null;

  @Column('json', { nullable: true })
  error!: JobError | null;
}
