import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** What a deletion does, in order. */
export const DELETION_STEPS = ['waiting', 'counting', 'engine', 'database', 'done'] as const;
export type DeletionStep = (typeof DELETION_STEPS)[number];

/** A property that is gone for everybody, and how far its data are: a receipt, kept afterwards. */
@Entity('property_deletions')
@Index(['accountId', 'id'])
export class PropertyDeletionEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  accountId!: string;

  @Column('text')
  propertyId!: string;

  /** Of its rows in the engine. */
  @Column('integer')
  propertyNumber!: number;

  @Column('text')
  slug!: string;

  @Column('text')
  name!: string;

  @Column('text')
  apiKeyId!: string;

  /** The process that works on it; another one goes on when it is dead. */
  @Column('text')
  instanceId!: string;

  @Column('text')
  step!: DeletionStep;

  /** What was deleted, by its name. */
  @Column('json', { default: {} })
  counts!: Record<string, number>;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;
}
