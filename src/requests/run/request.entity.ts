import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import type { CanonicalRequest } from '../../core/request/canonical-request.js';

/** The cohort as the caller named it, resolved when the request was accepted. */
export interface RequestCohort {
  readonly id: string | null;
  readonly name: string | null;
  readonly version: number | null;
  readonly hash: string | null;
  /** Ids of all saved cohorts it was made of; requests of earlier days have none. */
  readonly uses?: readonly string[];
}

/** The named metric that the caller asked for, in the version that was used. */
export interface RequestMetric {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}

/**
 * One caller's question; answered by the run of its hash. Ids are TypeIDs: `req_...`, which sort by the time they were
 * made.
 */
@Entity('requests')
@Index(['propertyId', 'id'])
@Index(['runId', 'id'])
export class RequestEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  propertyId!: string;

  @Column('text')
  runId!: string;

  @Column('text')
  apiKeyId!: string;

  /** JSON as text, here and in runs: it keeps the order in which answers show it. */
  @Column('json')
  canonical!: CanonicalRequest;

  /** As of the run. */
  @Column('integer', { default: 2 })
  form!: number;

  @Column('json')
  cohort!: RequestCohort;

  /** Null: a built-in. */
  @Column('json', { nullable: true })
  namedMetric!: RequestMetric | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  /** When its caller gave it up; a run stops when no request is left. */
  @Column('timestamptz', { nullable: true })
  detachedAt!: Date | null;
}
