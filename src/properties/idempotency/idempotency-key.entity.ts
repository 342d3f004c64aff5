import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** A POST that its sender may repeat: what it said, and how it was answered. */
@Entity('idempotency_keys')
@Index(['createdAt'])
export class IdempotencyKeyEntity {
  /** Whose key it is: a property, or an account for what belongs to none. */
  @PrimaryColumn('text')
  scope!: string;

  @PrimaryColumn('text')
  key!: string;

  /** SHA-256 of path, query and body. */
  @Column('text')
  fingerprint!: string;

  /** Which of several takers of the key works on it. */
  @Column('text')
  attemptId!: string;

  /** Null: not answered yet. */
  @Column('integer', { nullable: true })
  status!: number | null;

  @Column('text', { nullable: true })
  location!: string | null;

  @Column('text', { nullable: true })
  etag!: string | null;

  @Column('json', { nullable: true })
  body!: object | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
