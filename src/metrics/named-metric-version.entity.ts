import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { MetricId } from '../core/metric/metric.js';
import type { SomeParams } from '../core/metric/named/named-metric.js';

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
  builtIn!: MetricId;

  /** JSON as text: it keeps the order in which it is shown. */
  @Column('json')
  fixed!: SomeParams;

  @Column('json')
  defaults!: SomeParams;

  /** Of the parameters (core/stored). Rows of programs that tell none are of form 1. */
  @Column('integer', { default: 1 })
  form!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
