import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../../stores/postgres/bigint-as-number.js';

/**
 * The last batch that put an event on a UTC day, or moved a registration from or to it. `day` counts from 1970-01-01.
 */
@Entity('touched_days')
export class ChangedDayEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  @PrimaryColumn('text')
  kind!: 'event' | 'registration';

  @PrimaryColumn('integer')
  day!: number;

  @Column('bigint', { transformer: bigintAsNumber })
  seq!: number;
}
