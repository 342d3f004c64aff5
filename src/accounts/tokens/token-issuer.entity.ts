import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import type { RoleOfValue, TokenAlgorithm } from '../../core/access/parse-token-issuer.js';

/** An issuer whose JWTs are taken in place of keys; `access/tokens` reads the table by hand. */
@Entity('token_issuers')
@Index(['accountId', 'id'])
@Index(['issuer', 'audience'], { unique: true })
export class TokenIssuerEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  accountId!: string;

  @Column('text')
  name!: string;

  @Column('text')
  issuer!: string;

  @Column('text')
  audience!: string;

  @Column('text')
  jwksUri!: string;

  @Column('text', { array: true })
  algorithms!: TokenAlgorithm[];

  /** The claim that says what a token may do. */
  @Column('text')
  claim!: string;

  /** Values of the claim, each with the role that it gives. */
  @Column('json')
  roles!: readonly RoleOfValue[];

  @Column('text', { nullable: true })
  createdBy!: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
