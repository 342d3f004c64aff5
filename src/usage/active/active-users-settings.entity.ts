import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ActiveUsersSettings } from '../../core/usage/active-users-settings.js';
import { bigintAsNumber } from '../../stores/postgres/bigint-as-number.js';

/** What a property calls active users; a property without a row has the defaults, as version 0. */
@Entity('active_users_settings')
export class ActiveUsersSettingsEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  /** Counts changes. */
  @Column('integer')
  version!: number;

  @Column('jsonb')
  settings!: ActiveUsersSettings;

  /** `every` of the settings. */
  @Column('bigint', { transformer: bigintAsNumber })
  everyMs!: number;
}
