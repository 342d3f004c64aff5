import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Grant } from '../../core/access/grants.js';
import type { GrantedInProperty } from '../../core/access/access.js';
import type { Role } from '../../core/access/roles.js';

/** Somebody who signs in; perhaps a member of several accounts. */
@Entity('persons')
export class PersonEntity {
  @PrimaryColumn('text')
  id!: string;

  /** In lower case. */
  @Index({ unique: true })
  @Column('text')
  email!: string;

  @Column('text')
  name!: string;

  /** PHC string of argon2id; null: he signs in by a provider. */
  @Column('text', { nullable: true })
  passwordHash!: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}

/** What is granted to a member, or to who accepts an invitation: for the account, and in single properties. */
export abstract class MemberGrantsColumns {
  /** Null: `grants` stand in its place; both null: nothing for the account. */
  @Column('text', { nullable: true })
  role!: Role | null;

  @Column('text', { array: true, nullable: true })
  grants!: Grant[] | null;

  @Column('json', { default: [] })
  properties!: readonly GrantedInProperty[];
}

/** A person in an account. */
@Entity('members')
@Index(['accountId', 'personId'], { unique: true })
export class MemberEntity extends MemberGrantsColumns {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  accountId!: string;

  @Index()
  @Column('text')
  personId!: string;

  /** Id of who invited; null: the program. */
  @Column('text', { nullable: true })
  createdBy!: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}

/** Makes its bearer a member, once. Of its token the SHA-256 is stored. */
@Entity('invitations')
@Index(['accountId', 'id'])
export class InvitationEntity extends MemberGrantsColumns {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  accountId!: string;

  /** Null: whoever has the token. */
  @Column('text', { nullable: true })
  email!: string | null;

  @Index({ unique: true })
  @Column('text')
  tokenHash!: string;

  @Column('timestamptz')
  expiresAt!: Date;

  @Column('timestamptz', { nullable: true })
  acceptedAt!: Date | null;

  @Column('text', { nullable: true })
  createdBy!: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
