import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Who did what to which thing. Rows are added, and removed when their time is over; a trigger refuses the rest. */
@Entity('audit_entries')
@Index(['accountId', 'id'])
@Index(['at'])
export class AuditEntryEntity {
  /** Sorts by time. */
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  accountId!: string;

  @Column('timestamptz', { default: () => 'now()' })
  at!: Date;

  /** Id of the caller; null: the program, by a command, or somebody who has not signed in. */
  @Column('text', { nullable: true })
  actor!: string | null;

  @Column('text')
  action!: string;

  @Column('text', { nullable: true })
  propertyId!: string | null;

  /** Id of the thing, or the name by which it was called. */
  @Column('text', { nullable: true })
  thing!: string | null;

  /** Cut to /24 or /48. */
  @Column('text', { nullable: true })
  network!: string | null;

  @Column('text', { nullable: true })
  requestId!: string | null;

  @Column('integer')
  status!: number;
}
