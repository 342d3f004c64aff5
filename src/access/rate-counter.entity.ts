import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a caller has used in the window under way, as rate-limiter-flexible has it. Unlogged: it may be lost. */
@Entity('rate_counters')
export class RateCounterEntity {
  @PrimaryColumn('character varying', { length: 255 })
  key!: string;

  @Column('integer', { default: 0 })
  points!: number;

  @Column('bigint', { nullable: true })
  expire!: string | null;
}
