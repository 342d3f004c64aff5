import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import type { SignUp } from '../../core/access/parse-provider.js';
import { MemberGrantsColumns } from '../members/member.entity.js';

/** A provider of sign-in of an account. Its client secret is a StoredSecretEntity; role and grants are of who signs up. */
@Entity('identity_providers')
@Index(['accountId', 'id'])
export class IdentityProviderEntity extends MemberGrantsColumns {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  accountId!: string;

  @Column('text')
  name!: string;

  @Column('text')
  issuer!: string;

  @Column('text')
  clientId!: string;

  /** For whose addresses its word is taken. */
  @Column('text', { array: true })
  domains!: string[];

  @Column('text')
  signUp!: SignUp;

  @Column('text', { nullable: true })
  createdBy!: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}

/** Somebody at an issuer, who is a person of an account. What one account's providers say holds in that account alone. */
@Entity('identities')
@Index(['accountId', 'issuer', 'subject'], { unique: true })
export class IdentityEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  accountId!: string;

  @Column('text')
  issuer!: string;

  @Column('text')
  subject!: string;

  @Index()
  @Column('text')
  personId!: string;

  /** As the provider said it when they were linked; for people, never compared. */
  @Column('text', { nullable: true })
  email!: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}

/** A sign-in that has been sent to its provider and has not come back: once, and by the same browser. */
@Entity('provider_sign_ins')
@Index(['network', 'createdAt'])
export class ProviderSignInEntity {
  @PrimaryColumn('text')
  stateHash!: string;

  /** SHA-256 of what is in the cookie of the browser. */
  @Column('text')
  browserHash!: string;

  @Column('text')
  providerId!: string;

  /** Who links an identity to himself; null: somebody signs in. */
  @Column('text', { nullable: true })
  personId!: string | null;

  @Column('text')
  nonce!: string;

  @Column('text')
  codeVerifier!: string;

  @Column('text')
  returnTo!: string;

  @Column('text')
  network!: string;

  @Index()
  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
