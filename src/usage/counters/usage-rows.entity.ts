import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A sum: of a base period, a day or a month. `day` is the local date on which it begins. */
@Entity('usage_counts')
export class UsageCountEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  @PrimaryColumn('text')
  level!: 'base' | 'day' | 'month';

  @PrimaryColumn('date')
  day!: string;

  /** Elapsed time from the day's first instant to that of the base period; 0 of days and months. */
  @PrimaryColumn('integer')
  offsetMs!: number;

  @PrimaryColumn('text')
  category!: string;

  @PrimaryColumn('text')
  event!: string;

  @Column('bigint')
  count!: string;
}

/** What is stored of an id that was seen on an open day. */
@Entity('usage_seen')
export class UsageSeenEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  @PrimaryColumn('date')
  day!: string;

  @PrimaryColumn('text')
  category!: string;

  @PrimaryColumn('bytea')
  id!: Buffer;
}

/** A batch that was counted, by the day on which it came. */
@Entity('usage_batches')
@Index('usage_batches_day', ['propertyId', 'day'])
export class UsageBatchEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  @PrimaryColumn('text')
  batch!: string;

  @Column('date')
  day!: string;
}

/** A point in time with a name. */
@Entity('usage_marks')
export class UsageMarkEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  @PrimaryColumn('timestamptz')
  at!: Date;

  @PrimaryColumn('text')
  category!: string;

  @PrimaryColumn('text')
  event!: string;
}
