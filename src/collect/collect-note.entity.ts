import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * What is remembered of what came before: an order that was counted, a session under way, the clock of a sender, the last
 * change of a trait.
 */
@Entity('collect_notes')
@Index('collect_notes_ends_at', ['endsAt'], { where: 'ends_at IS NOT NULL' })
export class CollectNoteEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  @PrimaryColumn('text')
  kind!: 'once' | 'session' | 'clock' | 'trait';

  @PrimaryColumn('bytea')
  key!: Buffer;

  @Column('jsonb')
  value!: object;

  /** When it is removed; null: with the property. */
  @Column('timestamptz', { nullable: true })
  endsAt!: Date | null;
}
