import { DataSource, type EntityManager } from 'typeorm';
import { dayOfDate, toDate } from './local-dates.js';

/** What the keys of a property hide: ids that are counted (`usage`), or visitors (`visitors`). */
export type KeyPurpose = 'usage' | 'visitors';

/** Whose keys are meant. */
export interface KeyOwner {
  readonly purpose: KeyPurpose;
  readonly propertyId: string;
}

/** Keys by day, counted from 1970-01-01. */
export type KeysByDay = ReadonlyMap<number, Buffer>;

const READ = `SELECT day::text AS date, key FROM day_keys WHERE purpose = $1 AND property = $2 AND day = ANY ($3::date[])`;

/** The key is made by the database: as a parameter it could get into a log of statements. */
const MAKE = `
  INSERT INTO day_keys (purpose, property, day, ends_at, key)
  SELECT $1, $2, day, $4, sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')) FROM unnest($3::date[]) AS days (day) ORDER BY day
  ON CONFLICT DO NOTHING`;

/** After a crash of the database, whose unlogged tables are empty then. */
const PUT_BACK = `
  INSERT INTO day_keys (purpose, property, day, ends_at, key) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`;

/** Keys with an end until then; keys of counted ids until their day is rolled up, or their property is gone. */
const IS_OVER = `CASE WHEN keys.ends_at IS NOT NULL THEN keys.ends_at <= now()
  ELSE counters.property_id IS NULL OR keys.day < counters.open_day END`;
const COUNT_OVER = `SELECT count(*)::integer AS n
  FROM day_keys AS keys LEFT JOIN usage_counters AS counters ON counters.property_id = keys.property WHERE ${IS_OVER}`;

export async function readDayKeys(
  manager: EntityManager,
  { purpose, propertyId }: KeyOwner,
  days: readonly number[],
): Promise<Map<number, Buffer>> {
  const rows: { date: string; key: Buffer }[] = await manager.query(READ, [purpose, propertyId, days.map(toDate)]);
  return new Map(rows.map(({ date, key }) => [dayOfDate(date), key]));
}

/**
 * The keys of days, which are made where there are none; one of `known` is put back where the database has lost it.
 * `endsAt`: when they are destroyed; null: when their days are rolled up.
 */
export async function dayKeys(
  manager: EntityManager,
  owner: KeyOwner,
  days: readonly number[],
  { known, endsAt }: { readonly known: KeysByDay; readonly endsAt: Date | null },
): Promise<KeysByDay> {
  const keys = await readDayKeys(manager, owner, days);
  const missing = days.filter((day) => !keys.has(day));
  if (missing.length === 0) return keys;
  const { purpose, propertyId } = owner;
  for (const day of missing) {
    const key = known.get(day);
    if (key !== undefined) await manager.query(PUT_BACK, [purpose, propertyId, toDate(day), endsAt, key]);
  }
  await manager.query(MAKE, [purpose, propertyId, missing.map(toDate), endsAt]);
  return await readDayKeys(manager, owner, days);
}

/**
 * Destroys the keys that are over: the others are written to a new file, and the old one is removed with the commit. How
 * many there were (decisions/0068-keys-of-a-day-that-can-be-destroyed.md).
 */
export async function destroyDayKeys(database: DataSource): Promise<number> {
  const [over]: { n: number }[] = await database.query(COUNT_OVER);
  if (over === undefined || over.n === 0) return 0;
  return await database.transaction(async (manager) => {
    await manager.query('LOCK TABLE day_keys IN ACCESS EXCLUSIVE MODE');
    const [found]: { n: number }[] = await manager.query(COUNT_OVER);
    await manager.query(`CREATE TEMPORARY TABLE kept_day_keys ON COMMIT DROP AS
      SELECT keys.* FROM day_keys AS keys LEFT JOIN usage_counters AS counters ON counters.property_id = keys.property
      WHERE NOT (${IS_OVER})`);
    await manager.query('TRUNCATE day_keys');
    await manager.query('INSERT INTO day_keys SELECT * FROM kept_day_keys');
    return found?.n ?? 0;
  });
}
