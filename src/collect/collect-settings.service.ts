import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  DEFAULT_COLLECTING,
  parseCollectSettings,
  rulesOf,
  type CollectRules,
  type CollectSettings,
} from '../core/collect/collect-settings.js';
import { ByRevision } from '../properties/by-revision.js';
import { CollectSettingsEntity } from './collect-settings.entity.js';

/** Properties whose settings a process keeps. */
const REMEMBERED = 2_000;

/** What each property collects. */
@Injectable()
export class CollectSettingsService {
  readonly #known = new ByRevision<CollectRules>(REMEMBERED, async (propertyId) => rulesOf(await this.of(propertyId)));

  constructor(private readonly database: DataSource) {}

  async of(propertyId: string): Promise<CollectSettings> {
    const found = await this.database.manager.findOneBy(CollectSettingsEntity, { propertyId });
    return found === null ? DEFAULT_COLLECTING : parseCollectSettings(found.settings);
  }

  /** As of a revision of the property at least, which every change of them counts up. */
  at(propertyId: string, revision: string): Promise<CollectRules> {
    return this.#known.at(propertyId, revision);
  }

  /** Replaces all of them, for what comes from now on. @throws Failure as `parseCollectSettings` */
  async replace(propertyId: string, body: unknown): Promise<CollectSettings> {
    const settings = parseCollectSettings(body);
    await this.database.manager.upsert(CollectSettingsEntity, { propertyId, settings }, ['propertyId']);
    return settings;
  }
}
