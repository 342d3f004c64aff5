import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** A program's credential. Only the SHA-256 of the key is stored; `hint` is its last four characters, for lists. */
@Entity('api_keys')
export class ApiKeyEntity {
  @PrimaryColumn('text')
  id!: string;

  @Index()
  @Column('text')
  accountId!: string;

  @Column('text')
  name!: string;

  @Index({ unique: true })
  @Column('text')
  keyHash!: string;

  @Column('text')
  hint!: string;

  @Column('text')
  role!: 'admin';

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
