import { Column, CreateDateColumn, Entity, Index, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';
import type { CohortVersionEntity } from './cohort-version.entity.js';

/** A saved cohort; what it is made of is in its current version. Ids are TypeIDs: `coh_...`. */
@Entity('cohorts')
@Index(['propertyId', 'name'], { unique: true })
export class CohortEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  propertyId!: string;

  @Column('text')
  name!: string;

  @Column('text', { default: '' })
  description!: string;

  @Column('text', { array: true, default: [] })
  tags!: string[];

  /** The current version, from 1. */
  @Column('integer', { default: 1 })
  version!: number;

  /** Counts every change of the row, also of name and tags: the entity tag. */
  @VersionColumn({ default: 1 })
  revision!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;

  /** When it was archived: lists leave it out, requests and paths still find it. */
  @Column('timestamptz', { nullable: true })
  archivedAt!: Date | null;

  /** Not a column: the current version, where a query has joined it. */
  current?: CohortVersionEntity;
}
