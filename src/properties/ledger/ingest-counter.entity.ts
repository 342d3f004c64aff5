import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../../stores/postgres/bigint-as-number.js';

/** A property's ingest sequence, and the last number at which each thing that has no day moved (0: never). */
@Entity('ingest_counters')
export class IngestCounterEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  /** The last number given out. */
  @Column('bigint', { default: 0, transformer: bigintAsNumber })
  lastSeq!: number;

  /** The last batch that named a user id for the first time. */
  @Column('bigint', { default: 0, transformer: bigintAsNumber })
  newUserSeq!: number;

  /** The last batch that gave a registration to a user without one, or took one away. */
  @Column('bigint', { default: 0, transformer: bigintAsNumber })
  registrationSeq!: number;

  /** The last batch that changed a trait. */
  @Column('bigint', { default: 0, transformer: bigintAsNumber })
  traitSeq!: number;

  /** The last number given out to a deletion of a batch. */
  @Column('bigint', { default: 0, transformer: bigintAsNumber })
  deletionSeq!: number;

  /** The last deletion that is done: those of a property are done in their order. */
  @Column('bigint', { default: 0, transformer: bigintAsNumber })
  deletedSeq!: number;

  /** Up to here batches came before it was kept what they are made of. */
  @Column('bigint', { default: 0, transformer: bigintAsNumber })
  untalliedSeq!: number;
}
