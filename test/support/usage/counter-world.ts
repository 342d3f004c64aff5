import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { ENTITIES } from '../../../src/entities.js';
import { readConfig } from '../../../src/platform/config/read-config.js';
import { createProperty } from '../../../src/properties/create-property.js';
import type { PropertyEntity } from '../../../src/properties/property.entity.js';
import { dataSourceOptions } from '../../../src/stores/postgres/data-source.js';
import { Housekeeping } from '../../../src/stores/postgres/housekeeping.js';
import { CounterSettingsService } from '../../../src/usage/counters/counter-settings.service.js';
import { Counting } from '../../../src/usage/counters/counting.service.js';
import { DayKeys } from '../../../src/usage/counters/day-keys.js';
import { RollUps } from '../../../src/usage/counters/roll-ups.service.js';
import { UsageLists } from '../../../src/usage/counters/usage-lists.service.js';
import { UsageReader, type UsageQuestion } from '../../../src/usage/counters/usage-reader.service.js';
import type { UsageInterval, UsagePeriod } from '../../../src/core/usage/counters/usage-periods.js';

const EVERYTHING = { fromMs: null, toMs: null, category: null, minimum: 0 };

/** The services of the counters as one process has them, whose clock the test is. */
export interface CounterWorld {
  readonly database: DataSource;
  readonly counting: Counting;
  readonly rollUps: RollUps;
  readonly keys: DayKeys;
  readonly settings: CounterSettingsService;
  readonly lists: UsageLists;
  property(timeZone: string): Promise<PropertyEntity>;
  /** Rolls up until nothing is left; how many days. */
  rollUp(now: Date): Promise<number>;
  /** The periods of an interval; all of them where nothing else is asked for. */
  read(
    property: PropertyEntity,
    interval: UsageInterval,
    now: Date,
    part?: Omit<UsageQuestion, 'interval'>,
  ): Promise<UsagePeriod[]>;
  rows<T>(sql: string, ...values: unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

/** Another process on the same database has a world of its own. */
export async function openCounters(url: string): Promise<CounterWorld> {
  const database = await new DataSource(dataSourceOptions(url, ENTITIES)).initialize();
  const keys = new DayKeys(database);
  const rollUps = new RollUps(database, keys, new Housekeeping(database, readConfig({})));
  const reader = new UsageReader(database);
  const rollUp = async (now: Date): Promise<number> => {
    for (let days = 0; ;) {
      const { removed, isLast } = await rollUps.step(now);
      days += removed;
      if (isLast) return days;
    }
  };
  return {
    database,
    keys,
    rollUps,
    rollUp,
    counting: new Counting(database, keys),
    settings: new CounterSettingsService(database),
    lists: new UsageLists(reader, database),
    property: async (timeZone) => {
      const slug = `p${randomBytes(6).toString('hex')}`;
      return await database.transaction((manager) =>
        createProperty(manager, 'acc_test', { slug, name: slug, timeZone, weekStart: 'monday' }),
      );
    },
    read: async (property, interval, now, part = EVERYTHING) => {
      const periods: UsagePeriod[] = [];
      for await (const { period } of reader.periods(property, { interval, ...part }, now)) periods.push(period);
      return periods;
    },
    rows: (sql, ...values) => database.query(sql, values),
    close: () => database.destroy(),
  };
}
