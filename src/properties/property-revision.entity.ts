import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../stores/postgres/bigint-as-number.js';

/**
 * How often something of a property has changed that answers depend on, but for its data. Triggers count, so that no
 * writer can forget it.
 */
@Entity('property_revisions')
export class PropertyRevisionEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  @Column('bigint', { transformer: bigintAsNumber })
  revision!: number;
}
