import { Column, CreateDateColumn, Entity, Generated, Index, PrimaryColumn } from 'typeorm';

/** One area of analysis; owns events, users, cohorts and requests. `number` names it in the engine's tables. */
@Entity('properties')
@Index(['accountId', 'slug'], { unique: true })
export class PropertyEntity {
  @PrimaryColumn('text')
  id!: string;

  @Index({ unique: true })
  @Generated('increment')
  @Column('integer')
  number!: number;

  @Column('text')
  accountId!: string;

  @Column('text')
  slug!: string;

  @Column('text')
  name!: string;

  @Column('text', { default: 'UTC' })
  timeZone!: string;

  @Column('text', { default: 'monday' })
  weekStart!: string;

  /** Counts changes, for If-Match. */
  @Column('integer', { default: 1 })
  version!: number;

  /** When it was put away: lists leave it out, nothing is written to it, and it answers as before. Null: it is in use. */
  @Column('timestamptz', { nullable: true })
  archivedAt!: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
