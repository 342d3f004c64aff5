import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  DEFAULT_ACTIVE_USERS,
  parseActiveUsersSettings,
  type ActiveUsersSettings,
} from '../../core/usage/active-users-settings.js';
import { parseDuration } from '../../core/time/duration.js';
import { ActiveUsersSettingsEntity } from './active-users-settings.entity.js';

/** Settings with their version; 0: the defaults, which nobody has changed. */
export interface VersionedSettings {
  readonly version: number;
  readonly settings: ActiveUsersSettings;
}

const REPLACE = `
  INSERT INTO active_users_settings AS own (property_id, version, settings, every_ms) VALUES ($1, 1, $2, $3)
  ON CONFLICT (property_id) DO UPDATE SET version = own.version + 1, settings = $2, every_ms = $3
  WHERE own.settings <> $2::jsonb
  RETURNING version`;

/** What each property calls active users. */
@Injectable()
export class ActiveUsersSettingsService {
  constructor(private readonly database: DataSource) {}

  async of(propertyId: string): Promise<VersionedSettings> {
    const found = await this.database.manager.findOneBy(ActiveUsersSettingsEntity, { propertyId });
    if (found === null) return { version: 0, settings: DEFAULT_ACTIVE_USERS };
    return { version: found.version, settings: parseActiveUsersSettings(found.settings) };
  }

  /** Replaces all of them; the same again change nothing. @throws Failure as `parseActiveUsersSettings` */
  async replace(propertyId: string, body: unknown): Promise<VersionedSettings> {
    const settings = parseActiveUsersSettings(body);
    await this.database.query(REPLACE, [propertyId, JSON.stringify(settings), parseDuration(settings.every, '')]);
    return await this.of(propertyId);
  }
}
