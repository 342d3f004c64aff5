import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CollectSettings } from '../core/collect/collect-settings.js';

/** What a property collects; a property without a row has the defaults. */
@Entity('collect_settings')
export class CollectSettingsEntity {
  @PrimaryColumn('text')
  propertyId!: string;

  @Column('jsonb')
  settings!: CollectSettings;
}
