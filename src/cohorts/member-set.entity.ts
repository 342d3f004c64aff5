import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import type { SetHash } from '../core/ids.js';

/**
 * A member list that is completely stored in the engine, named by the SHA-256 of its sorted distinct members. Saved
 * cohorts and inline lists share it.
 */
@Entity('member_sets')
@Index(['usedAt'])
export class MemberSetEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  @PrimaryColumn('text')
  hash!: SetHash;

  @Column('integer')
  size!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  /** When somebody wrote it or asked with it last, to the day. */
  @Column('timestamptz', { default: () => 'now()' })
  usedAt!: Date;
}
