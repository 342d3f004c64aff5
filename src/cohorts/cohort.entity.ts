import { Column, CreateDateColumn, Entity, Index, PrimaryColumn, UpdateDateColumn } from 'typeorm';

/** A saved cohort; its members are those of its current version. Ids are TypeIDs: `coh_...`. */
@Entity('cohorts')
@Index(['propertyId', 'name'], { unique: true })
export class CohortEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  propertyId!: string;

  @Column('text')
  name!: string;

  @Column('text', { array: true, default: [] })
  tags!: string[];

  /** The current version, from 1. */
  @Column('integer', { default: 1 })
  version!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;
}
