import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Anonymise } from '../../core/usage/counters/counter-settings.js';

/** How a property counts its use, and how far it has been rolled up. Days are local dates, `YYYY-MM-DD`. */
@Entity('usage_counters')
export class UsageCounterEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  @Column('integer')
  baseMs!: number;

  @Column('text')
  anonymise!: Anonymise;

  @Column('integer')
  baseDays!: number;

  @Column('integer')
  days!: number;

  @Column('integer')
  eventMonths!: number;

  @Column('integer')
  months!: number;

  /** The earliest instant that was counted. */
  @Column('timestamptz', { nullable: true })
  liveAt!: Date | null;

  /** The first day whose distinct ids are not counted yet; days before it are closed to them. */
  @Index('usage_counters_open_day')
  @Column('date')
  openDay!: string;

  /** The first day whose base periods are not summed up yet; days before it are closed. */
  @Column('date')
  baseFrom!: string;

  /** The first day that is not part of its month yet. */
  @Column('date')
  daysFrom!: string;

  /** The first day that has not been deleted: of a month that is kept, or not part of its month yet. */
  @Column('date')
  keptFrom!: string;
}
