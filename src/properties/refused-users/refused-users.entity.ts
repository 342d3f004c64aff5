import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Ids of users whose items a property refuses; a property without a row refuses none. */
@Entity('refused_users')
export class RefusedUsersEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  @Column('jsonb')
  users!: string[];
}
