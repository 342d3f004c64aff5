import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../../stores/postgres/bigint-as-number.js';

/**
 * Rows of batches that are closed and not in the engine yet (decisions/0046-journal-of-small-posts.md), as they are sent
 * to it.
 */
@Entity('event_journal')
export class JournalEntryEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  /** The number of the first batch. */
  @PrimaryColumn('bigint', { transformer: bigintAsNumber })
  firstSeq!: number;

  @Column('bigint', { transformer: bigintAsNumber })
  lastSeq!: number;

  /** The property in the engine. */
  @Column('integer')
  propertyNumber!: number;

  /** Whether a time has digits below the millisecond. */
  @Column('boolean')
  hasFinerTimes!: boolean;

  @Column('bytea')
  rows!: Buffer;

  /** The process that sends them to the engine; null: none has begun. */
  @Column('text', { nullable: true })
  takenBy!: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
