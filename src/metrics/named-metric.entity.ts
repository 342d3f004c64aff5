import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** A metric of a property: what it measures is said by its current version. Ids are TypeIDs: `met_...`. */
@Entity('named_metrics')
@Index(['propertyId', 'id'])
@Index('named_metrics_in_use', ['propertyId', 'name'], { unique: true, where: 'archived_at IS NULL' })
export class NamedMetricEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  propertyId!: string;

  /** Never changes; free again for another once this one is archived. */
  @Column('text')
  name!: string;

  /** The current version, from 1. */
  @Column('integer', { default: 1 })
  version!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  archivedAt!: Date | null;
}
