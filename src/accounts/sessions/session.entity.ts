import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** Somebody signed in, in one account at a time. Of its token the SHA-256 is stored. */
@Entity('sessions')
export class SessionEntity {
  @PrimaryColumn('text')
  id!: string;

  @Index({ unique: true })
  @Column('text')
  tokenHash!: string;

  @Index()
  @Column('text')
  personId!: string;

  @Column('text')
  accountId!: string;

  /** The provider that he signed in by, for this account alone; null: by his password, for all of his. */
  @Index({ where: 'provider_id IS NOT NULL' })
  @Column('text', { nullable: true })
  providerId!: string | null;

  /** Cut to /24 or /48. */
  @Column('text', { nullable: true })
  network!: string | null;

  /** `User-Agent`, cut short. */
  @Column('text')
  agent!: string;

  /** To the minute. */
  @Column('timestamptz', { default: () => 'now()' })
  lastSeenAt!: Date;

  @Index()
  @Column('timestamptz')
  endsAt!: Date;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}

/** A sign-in that failed, by a bucket in which they are counted: a network, or an address from a network. */
@Entity('sign_in_failures')
@Index(['bucket', 'at'])
export class SignInFailureEntity {
  @PrimaryColumn('text')
  id!: string;

  /** SHA-256: an address that was mistyped is nobody's business. */
  @Column('text')
  bucket!: string;

  @Index()
  @Column('timestamptz', { default: () => 'now()' })
  at!: Date;
}
