import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource, type EntityManager } from 'typeorm';
import type { Anonymise } from '../../core/usage/counters/counter-settings.js';
import { asItIs, KEY_BYTES, underKey, type SeenId } from '../../core/usage/counters/seen-id.js';
import { dayKeys, destroyDayKeys } from '../../stores/postgres/day-keys.js';
import { toDate } from '../../stores/postgres/local-dates.js';

/** No day is open for longer while somebody counts in it: 25 hours, the hour after it, and those of a late sweep. */
const MEMORY_MS = 50 * 3_600_000;
const REMEMBERED = 50_000;

/** By day, counted from 1970-01-01. */
interface KeysOfProperty {
  readonly ofDatabase: Map<number, Buffer>;
  readonly ofProcess: Map<number, Buffer>;
}

/**
 * What is stored of ids. A key of a day lives in an unlogged table, so in no write-ahead log, replica or backup of
 * Muster, and is destroyed by giving the table a new file (decisions/0068-keys-of-a-day-that-can-be-destroyed.md).
 */
@Injectable()
export class DayKeys {
  /** By property, then by day: keys of the database, so that they outlive a crash of it, and those of this process alone. */
  readonly #known = new LRUCache<string, KeysOfProperty>({ max: REMEMBERED, ttl: MEMORY_MS, ttlAutopurge: true });

  constructor(private readonly database: DataSource) {}

  /** What is stored of each id, in the transaction that holds the state of the property; forgets keys of days before it. */
  async hide<T extends SeenId & { readonly day: number }>(
    manager: EntityManager,
    propertyId: string,
    seen: readonly T[],
    { anonymise, openDay }: { readonly anonymise: Anonymise; readonly openDay: number },
  ): Promise<readonly (T & { readonly stored: Buffer })[]> {
    this.forget(propertyId, openDay);
    if (anonymise === 'stored' || seen.length === 0) return seen.map((one) => ({ ...one, stored: asItIs(one) }));
    const days = [...new Set(seen.map(({ day }) => day))];
    const keys =
      anonymise === 'random' ? this.ofProcess(propertyId, days) : await this.ofDatabase(manager, propertyId, days);
    return seen.map((one) => ({ ...one, stored: underKey(one, keyOf(keys, one.day)) }));
  }

  /** Forgets keys of days before `openDay`. */
  forget(propertyId: string, openDay: number): void {
    const keys = this.#known.peek(propertyId);
    if (keys === undefined) return;
    for (const own of [keys.ofDatabase, keys.ofProcess])
      for (const day of own.keys()) if (day < openDay) own.delete(day);
    if (keys.ofDatabase.size + keys.ofProcess.size === 0) this.#known.delete(propertyId);
  }

  /** Destroys the keys of days that are rolled up, and of properties that are gone. How many there were. */
  destroy(): Promise<number> {
    return destroyDayKeys(this.database);
  }

  private ofProcess(propertyId: string, days: readonly number[]): ReadonlyMap<number, Buffer> {
    const { ofProcess } = this.remembered(propertyId);
    for (const day of days) if (!ofProcess.has(day)) ofProcess.set(day, randomBytes(KEY_BYTES));
    return new Map(days.map((day) => [day, keyOf(ofProcess, day)]));
  }

  /** The keys of a property, remembered for another while. */
  private remembered(propertyId: string): KeysOfProperty {
    const keys = this.#known.get(propertyId) ?? { ofDatabase: new Map(), ofProcess: new Map() };
    this.#known.set(propertyId, keys);
    return keys;
  }

  private async ofDatabase(
    manager: EntityManager,
    propertyId: string,
    days: readonly number[],
  ): Promise<ReadonlyMap<number, Buffer>> {
    const { ofDatabase } = this.remembered(propertyId);
    const owner = { purpose: 'usage', propertyId } as const;
    const keys = await dayKeys(manager, owner, days, { known: ofDatabase, endsAt: null });
    for (const [day, key] of keys) ofDatabase.set(day, key);
    return keys;
  }
}

function keyOf(keys: ReadonlyMap<number, Buffer>, of: number): Buffer {
  const key = keys.get(of);
  if (key === undefined) throw new Error(`There is no key of the day ${toDate(of)}`);
  return key;
}
