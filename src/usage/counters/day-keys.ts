import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource, type EntityManager } from 'typeorm';
import type { Anonymise } from '../../core/usage/counters/counter-settings.js';
import { asItIs, KEY_BYTES, underKey, type SeenId } from '../../core/usage/counters/seen-id.js';
import { dayOfDate, toDate } from './local-dates.js';

/** No day is open for longer while somebody counts in it: 25 hours, the hour after it, and those of a late sweep. */
const MEMORY_MS = 50 * 3_600_000;
const REMEMBERED = 50_000;

const READ = `SELECT day::text AS date, key FROM usage_day_keys WHERE property = $1 AND day = ANY ($2::date[])`;

/** The key is made by the database: as a parameter it could get into a log of statements. */
const MAKE = `
  INSERT INTO usage_day_keys (property, day, key)
  SELECT $1, day, sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')) FROM unnest($2::date[]) AS days (day) ORDER BY day
  ON CONFLICT DO NOTHING`;

/** After a crash of the database, whose unlogged tables are empty then. */
const PUT_BACK = 'INSERT INTO usage_day_keys (property, day, key) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING';

const OVER = `
  FROM usage_day_keys AS keys LEFT JOIN usage_counters AS counters ON counters.property_id = keys.property
  WHERE counters.property_id IS NULL OR keys.day < counters.open_day`;

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

  /**
   * Destroys the keys of days that are rolled up, and of properties that are gone: the others are written to a new file,
   * and the old one is removed with the commit. How many there were.
   */
  async destroy(): Promise<number> {
    const [over]: { n: number }[] = await this.database.query(`SELECT count(*)::integer AS n ${OVER}`);
    if (over === undefined || over.n === 0) return 0;
    return await this.database.transaction(async (manager) => {
      await manager.query('LOCK TABLE usage_day_keys IN ACCESS EXCLUSIVE MODE');
      const [found]: { n: number }[] = await manager.query(`SELECT count(*)::integer AS n ${OVER}`);
      await manager.query(`CREATE TEMPORARY TABLE kept_day_keys ON COMMIT DROP AS
        SELECT keys.* FROM usage_day_keys AS keys JOIN usage_counters AS counters ON counters.property_id = keys.property
        WHERE keys.day >= counters.open_day`);
      await manager.query('TRUNCATE usage_day_keys');
      await manager.query('INSERT INTO usage_day_keys SELECT * FROM kept_day_keys');
      return found?.n ?? 0;
    });
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
    const read = async (): Promise<Map<number, Buffer>> => {
      const rows: { date: string; key: Buffer }[] = await manager.query(READ, [propertyId, days.map(toDate)]);
      return new Map(rows.map(({ date, key }) => [dayOfDate(date), key]));
    };
    let keys = await read();
    const missing = days.filter((day) => !keys.has(day));
    if (missing.length > 0) {
      for (const day of missing) {
        const known = ofDatabase.get(day);
        if (known !== undefined) await manager.query(PUT_BACK, [propertyId, toDate(day), known]);
      }
      await manager.query(MAKE, [propertyId, missing.map(toDate)]);
      keys = await read();
    }
    for (const [day, key] of keys) ofDatabase.set(day, key);
    return keys;
  }
}

function keyOf(keys: ReadonlyMap<number, Buffer>, of: number): Buffer {
  const key = keys.get(of);
  if (key === undefined) throw new Error(`There is no key of the day ${toDate(of)}`);
  return key;
}
