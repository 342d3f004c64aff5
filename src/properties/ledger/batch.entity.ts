import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Tally } from '../../core/ingest/batch-tally.js';
import { bigintAsNumber } from '../../stores/postgres/bigint-as-number.js';

/** What takes an ingest sequence: events, upserts of users, and the deletion of one of these. */
export const BATCH_KINDS = ['events', 'users', 'deletion'] as const;
export type BatchKind = (typeof BATCH_KINDS)[number];

/** A batch that has its end: what was sent, and what became of it. Kept when it is taken back. */
@Entity('batches')
@Index(['propertyId', 'streamSeq'])
@Index('batches_property_id_deletion_seq_idx', ['propertyId', 'deletionSeq'], { where: 'deletion_seq IS NOT NULL' })
export class BatchEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  @PrimaryColumn('bigint', { transformer: bigintAsNumber })
  seq!: number;

  @Column('text')
  kind!: BatchKind;

  /** The first batch of the body that it was cut from: its own number where the body was one batch. */
  @Column('bigint', { transformer: bigintAsNumber })
  streamSeq!: number;

  @Column('text', { nullable: true })
  apiKeyId!: string | null;

  /** Of a deletion: the batch that it took back. */
  @Column('bigint', { nullable: true, transformer: bigintAsNumber })
  targetSeq!: number | null;

  @Column('timestamptz')
  openedAt!: Date;

  @Column('timestamptz', { default: () => 'now()' })
  closedAt!: Date;

  @Column('integer', { default: 0 })
  accepted!: number;

  @Column('integer', { default: 0 })
  duplicates!: number;

  @Column('integer', { default: 0 })
  conflicting!: number;

  @Column('integer', { default: 0 })
  rejected!: number;

  /** Of the earliest event, duplicates included; null: it has none. */
  @Column('bigint', { nullable: true, transformer: bigintAsNumber })
  firstMs!: number | null;

  @Column('bigint', { nullable: true, transformer: bigintAsNumber })
  lastMs!: number | null;

  /** The sequence of its deletion, from the moment that it was requested for. */
  @Column('bigint', { nullable: true, transformer: bigintAsNumber })
  deletionSeq!: number | null;

  /** When the deletion was done. */
  @Column('timestamptz', { nullable: true })
  deletedAt!: Date | null;

  /** What its accepted items are made of; read only where it is requested. */
  @Column('json', { nullable: true, select: false })
  tally!: Tally | null;
}
