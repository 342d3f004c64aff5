import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import {
  DEFAULT_COLLECTING,
  parseCollectSettings,
  rulesOf,
  type CollectRules,
  type CollectSettings,
} from '../core/collect/collect-settings.js';
import { CollectSettingsEntity } from './collect-settings.entity.js';

/** Properties whose settings a process keeps. */
const REMEMBERED = 2_000;

/** What each property collects. */
@Injectable()
export class CollectSettingsService {
  readonly #known = new LRUCache<string, { readonly revision: string; readonly rules: CollectRules }>({
    max: REMEMBERED,
  });

  constructor(private readonly database: DataSource) {}

  async of(propertyId: string): Promise<CollectSettings> {
    const found = await this.database.manager.findOneBy(CollectSettingsEntity, { propertyId });
    return found === null ? DEFAULT_COLLECTING : parseCollectSettings(found.settings);
  }

  /** As of a revision of the property at least, which every change of them counts up: those that are known cost no read. */
  async at(propertyId: string, revision: string): Promise<CollectRules> {
    const known = this.#known.get(propertyId);
    if (known?.revision === revision) return known.rules;
    const rules = rulesOf(await this.of(propertyId));
    this.#known.set(propertyId, { revision, rules });
    return rules;
  }

  /** Replaces all of them, for what comes from now on. @throws Failure as `parseCollectSettings` */
  async replace(propertyId: string, body: unknown): Promise<CollectSettings> {
    const settings = parseCollectSettings(body);
    await this.database.manager.upsert(CollectSettingsEntity, { propertyId, settings }, ['propertyId']);
    return settings;
  }
}
