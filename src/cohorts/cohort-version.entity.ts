import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** An immutable member list of a static cohort, by the hash of its members. */
@Entity('cohort_versions')
export class CohortVersionEntity {
  @PrimaryColumn('text')
  cohortId!: string;

  @PrimaryColumn('integer')
  version!: number;

  @Column('text')
  setHash!: string;

  @Column('integer')
  size!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
