import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine } from '@muster/embedded-stores';
import { createLogger } from '../src/platform/logging/logger.js';
import { Engine } from '../src/stores/clickhouse/engine.js';
import { migrateEngine } from '../src/stores/clickhouse/migrate.js';

/** Over how many users and days from 2024-01-01 the events are spread. */
export interface WorldSize {
  readonly users: number;
  readonly days: number;
}

/** The first quarter of 2024. */
const QUARTER: WorldSize = { users: 50_000, days: 91 };
/** Events that are inserted at once. */
const PORTION = 5_000_000;

/** Three names, five countries and amounts up to 100, of users who were registered in the first half of the time. */
const EVENTS = `INSERT INTO events (property, user_id, time, name, client_id, content_hash, text, number, flag, seq, position)
SELECT 1, concat('u', toString(cityHash64(number) % {users:UInt64})),
    toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(cityHash64(number, 1) % ({days:UInt64} * 86400000)),
    ['open', 'view', 'buy'][1 + cityHash64(number, 2) % 3], toString(number), 0,
    map('country', ['DE', 'US', 'FR', 'IT', 'ES'][1 + cityHash64(number, 3) % 5]),
    map('dollars', (cityHash64(number, 4) % 10000) / 100, 'page', cityHash64(number, 5) % 1000), map(), 1, number % 1048576
FROM numbers({first:UInt64}, {events:UInt64})`;

const REGISTRATIONS = `INSERT INTO user_changes (property, user_id, seq, position, registration_given, registered_at)
SELECT 1, concat('u', toString(number)), 2, number, true,
    toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(cityHash64(number, 6) % intDiv({days:UInt64} * 86400000, 2))
FROM numbers({users:UInt64})`;

/**
 * Lets a bench work on an engine of its own that holds so many events of property 1, up to sequence 2; the folder goes
 * with it.
 */
export async function withEngineWorld(
  events: number,
  work: (engine: Engine) => Promise<void>,
  { users, days } = QUARTER,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const logger = createLogger('silent');
  const embedded = await startEngine({ dataDir: folder, memoryBytes: 4_000_000_000, fsync: false, logger });
  const engine = new Engine(embedded.url, { timeLimitMs: 300_000, memoryLimitBytes: 3_000_000_000 });
  try {
    await migrateEngine(engine);
    for (let first = 0; first < events; first += PORTION) {
      const params = { users, days, first, events: Math.min(PORTION, events - first) };
      await engine.execute({ sql: EVENTS, params });
    }
    await engine.execute({ sql: REGISTRATIONS, params: { users, days } });
    await engine.execute({ sql: 'OPTIMIZE TABLE events FINAL', params: {} });
    await work(engine);
  } finally {
    await engine.close();
    await embedded.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
