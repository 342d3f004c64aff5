import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { KeyPurpose } from './day-keys.js';

/**
 * The key under which ids of a day are hidden. Unlogged, and removed by a rewrite of the table alone (`destroyDayKeys`):
 * a deleted row would leave its bytes in the file. So nothing that deletes rows of a property by `propertyId` finds it.
 */
@Entity('day_keys')
export class DayKeyEntity {
  @PrimaryColumn('text', { default: 'usage' })
  purpose!: KeyPurpose;

  @PrimaryColumn('text')
  property!: string;

  @PrimaryColumn('date')
  day!: string;

  @Column('bytea')
  key!: Buffer;

  /** When it is destroyed; null: when its day is rolled up. */
  @Column('timestamptz', { nullable: true })
  endsAt!: Date | null;
}
