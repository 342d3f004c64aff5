import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../../stores/postgres/bigint-as-number.js';

/** The schema of a property added up to a batch; gone as soon as one of these is taken back. */
@Entity('schema_sums')
export class SchemaSumEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  @Column('bigint', { transformer: bigintAsNumber })
  seq!: number;

  @Column('json')
  entries!: object;
}
