import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../../stores/postgres/bigint-as-number.js';
import type { BatchKind } from './batch.entity.js';

/**
 * A batch whose number is given out and whose rows may still be on their way. The data version stays below the lowest
 * one.
 */
@Entity('open_batches')
export class OpenBatchEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  @PrimaryColumn('bigint', { transformer: bigintAsNumber })
  seq!: number;

  @Column('text')
  kind!: BatchKind;

  /** The first batch of the same body; null: this one. */
  @Column('bigint', { nullable: true, transformer: bigintAsNumber })
  streamSeq!: number | null;

  /** Who sent it. */
  @Column('text', { nullable: true })
  apiKeyId!: string | null;

  /** Of a deletion: the batch that is taken back. */
  @Column('bigint', { nullable: true, transformer: bigintAsNumber })
  targetSeq!: number | null;

  /** The process that works on it; its batches are closed by another one when it is dead. */
  @Column('text')
  instanceId!: string;

  @CreateDateColumn({ type: 'timestamptz' })
  openedAt!: Date;
}
