import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A secret of something of an account, sealed by the key that `keyId` names (decision 0060). */
@Entity('stored_secrets')
export class StoredSecretEntity {
  /** Id of what it belongs to. */
  @PrimaryColumn('text')
  ownerId!: string;

  @Index()
  @Column('text')
  accountId!: string;

  @Column('text')
  keyId!: string;

  /** base64url of nonce, ciphertext and tag. */
  @Column('text')
  sealed!: string;
}
