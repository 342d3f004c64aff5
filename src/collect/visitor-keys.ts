import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { currentDay } from '../core/time/calendar.js';
import { startOfDay } from '../core/time/local-day.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { dayKeys, destroyDayKeys } from '../stores/postgres/day-keys.js';
import { Housekeeping } from '../stores/postgres/housekeeping.js';

const REMEMBERED = 20_000;
/** The database is asked again after so long: a crash empties its table, and one process gives all others its key. */
const SURE_MS = 60_000;

interface KnownKey {
  readonly key: Buffer;
  /** When the database had it. */
  readonly seenMs: number;
}

/**
 * Keys under which visitors have ids for a day of the property's time zone. The key of a day is destroyed when the day
 * after it is over, which is 48 hours after it was made, but for days on which the clocks move.
 */
@Injectable()
export class VisitorKeys implements OnModuleInit {
  /** By property and day. Each is forgotten when the database destroys it. */
  readonly #known = new LRUCache<string, KnownKey>({ max: REMEMBERED, ttlAutopurge: true, ttl: 1 });

  constructor(
    private readonly database: DataSource,
    private readonly housekeeping: Housekeeping,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add({ kind: 'visitor_keys', step: () => destroyDayKeys(this.database) });
  }

  /**
   * The keys of the days of instants, by instant, one buffer for each day; days before yesterday have none, and one to
   * come is today.
   */
  async at(property: PropertyEntity, instants: readonly number[], nowMs: number): Promise<ReadonlyMap<number, Buffer>> {
    const keys = new Map<number, Buffer>();
    if (instants.length === 0) return keys;
    const today = currentDay(nowMs, property.timeZone);
    const ofDays = new Map<number, Buffer>();
    for (const atMs of new Set(instants)) {
      const day = Math.min(currentDay(atMs, property.timeZone), today);
      if (day < today - 1) continue;
      const key = ofDays.get(day) ?? (await this.keyOf(property, day, nowMs));
      ofDays.set(day, key);
      keys.set(atMs, key);
    }
    return keys;
  }

  private async keyOf({ id: propertyId, timeZone }: PropertyEntity, day: number, nowMs: number): Promise<Buffer> {
    const name = `${propertyId} ${day}`;
    const known = this.#known.get(name);
    if (known !== undefined && nowMs - known.seenMs < SURE_MS) return known.key;
    const endMs = startOfDay(day + 2, timeZone);
    const owner = { purpose: 'visitors', propertyId } as const;
    const terms = { known: new Map(known === undefined ? [] : [[day, known.key]]), endsAt: new Date(endMs) };
    const key = (await dayKeys(this.database.manager, owner, [day], terms)).get(day);
    if (key === undefined) throw new Error('There is no key of the day');
    this.#known.set(name, { key, seenMs: nowMs }, { ttl: Math.max(1, endMs - nowMs) });
    return key;
  }
}
