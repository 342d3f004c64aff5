import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import type { SomeParams } from '../core/metric/named/named-metric.js';

/** A metric of a property: what it measures is said by its current version. Ids are TypeIDs: `met_...`. */
@Entity('named_metrics')
@Index(['propertyId', 'id'])
@Index('named_metrics_in_use', ['propertyId', 'name'], { unique: true, where: 'archived_at IS NULL' })
export class NamedMetricEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  propertyId!: string;

  /** Never changes; free again for another once this one is archived. */
  @Column('text')
  name!: string;

  /** The current version, from 1. */
  @Column('integer', { default: 1 })
  version!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  archivedAt!: Date | null;
}

/** What a named metric measures, from this version to the next. Immutable. */
@Entity('named_metric_versions')
export class NamedMetricVersionEntity {
  @PrimaryColumn('text')
  metricId!: string;

  @PrimaryColumn('integer')
  version!: number;

  @Column('text')
  title!: string;

  @Column('text')
  description!: string;

  @Column('text')
  builtIn!: string;

  /** JSON as text: it keeps the order in which it is shown. */
  @Column('json')
  fixed!: SomeParams;

  @Column('json')
  defaults!: SomeParams;

  /** Of the parameters (core/stored). Rows of programs that write none are of form 1. */
  @Column('integer', { default: 1 })
  form!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
