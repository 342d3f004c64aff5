import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Grant } from '../core/access/grants.js';
import type { KeyKind } from '../core/access/parse-key.js';
import type { Role } from '../core/access/roles.js';

/** A program's credential: what it may do, and until when. Its secrets are ApiKeySecretEntity. */
@Entity('api_keys')
export class ApiKeyEntity {
  @PrimaryColumn('text')
  id!: string;

  @Index()
  @Column('text')
  accountId!: string;

  @Column('text')
  name!: string;

  @Column('text', { default: 'secret' })
  kind!: KeyKind;

  /** Null: `grants` stand in its place; both null: a public key. */
  @Column('text', { nullable: true })
  role!: Role | null;

  @Column('text', { array: true, nullable: true })
  grants!: Grant[] | null;

  /** Ids of the properties in which it holds; null: in the account and all its properties. */
  @Column('text', { array: true, nullable: true })
  properties!: string[] | null;

  /** Of a public key: from whose pages it is taken. */
  @Column('text', { array: true, nullable: true })
  origins!: string[] | null;

  @Column('timestamptz', { nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  revokedAt!: Date | null;

  /** To the minute. */
  @Column('timestamptz', { nullable: true })
  lastUsedAt!: Date | null;

  /** Id of the key that made it; null: the program did, at its first start or by a command. */
  @Column('text', { nullable: true })
  createdBy!: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}

/** A secret of a key. Only its SHA-256 is stored; `hint` is its last four characters, for lists. */
@Entity('api_key_secrets')
export class ApiKeySecretEntity {
  @PrimaryColumn('text')
  keyHash!: string;

  @Index()
  @Column('text')
  keyId!: string;

  @Column('text')
  hint!: string;

  /** Until when it is taken beside the one that has replaced it; null: it is the newest. */
  @Column('timestamptz', { nullable: true })
  endsAt!: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
