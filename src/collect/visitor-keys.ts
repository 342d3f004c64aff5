import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { dailyVisitor, type SeenVisitor } from '../core/collect/daily-visitor.js';
import { currentDay } from '../core/time/calendar.js';
import { startOfDay } from '../core/time/local-day.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { dayKeys, destroyDayKeys } from '../stores/postgres/day-keys.js';
import { Housekeeping } from '../stores/postgres/housekeeping.js';

const REMEMBERED = 20_000;

/**
 * Ids of visitors for a day of the property's time zone. The key of a day is destroyed when the day after it is over,
 * which is 48 hours after it was made, but for days on which the clocks move.
 */
@Injectable()
export class VisitorKeys implements OnModuleInit {
  /** By property and day. Each is forgotten when the database destroys it. */
  readonly #known = new LRUCache<string, Buffer>({ max: REMEMBERED, ttlAutopurge: true, ttl: 1 });

  constructor(
    private readonly database: DataSource,
    private readonly housekeeping: Housekeeping,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add({ kind: 'visitor_keys', step: () => destroyDayKeys(this.database) });
  }

  /**
   * The ids of a visitor at instants, by instant; those of days before yesterday, and after today, have none.
   */
  async ids(
    { id: propertyId, timeZone }: PropertyEntity,
    visitor: Omit<SeenVisitor, 'propertyId'>,
    instants: readonly number[],
    nowMs: number,
  ): Promise<ReadonlyMap<number, string>> {
    const today = currentDay(nowMs, timeZone);
    const ids = new Map<number, string>();
    for (const atMs of new Set(instants)) {
      const day = Math.min(currentDay(atMs, timeZone), today);
      if (day < today - 1) continue;
      const key = await this.keyOf(propertyId, day, startOfDay(day + 2, timeZone), nowMs);
      ids.set(atMs, dailyVisitor({ ...visitor, propertyId }, key));
    }
    return ids;
  }

  private async keyOf(propertyId: string, day: number, endMs: number, nowMs: number): Promise<Buffer> {
    const name = `${propertyId} ${day}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const owner = { purpose: 'visitors', propertyId } as const;
    const terms = { known: new Map<number, Buffer>(), endsAt: new Date(endMs) };
    const key = (await dayKeys(this.database.manager, owner, [day], terms)).get(day);
    if (key === undefined) throw new Error('There is no key of the day');
    this.#known.set(name, key, { ttl: Math.max(1, endMs - nowMs) });
    return key;
  }
}
