import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine } from '@muster/embedded-stores';
import { createLogger } from '../src/platform/logging/logger.js';
import { Engine } from '../src/stores/clickhouse/engine.js';
import { migrateEngine } from '../src/stores/clickhouse/migrate.js';

const USERS = 50_000;

/**
 * Three names, five countries and amounts up to 100 over the first quarter of 2024, of 50,000 users who were registered
 * in its first half.
 */
const EVENTS = `INSERT INTO events (property, user_id, time, name, client_id, content_hash, text, number, flag, seq, position)
SELECT 1, concat('u', toString(cityHash64(number) % ${USERS})),
    toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(cityHash64(number, 1) % (91 * 86400000)),
    ['open', 'view', 'buy'][1 + cityHash64(number, 2) % 3], toString(number), 0,
    map('country', ['DE', 'US', 'FR', 'IT', 'ES'][1 + cityHash64(number, 3) % 5]),
    map('dollars', (cityHash64(number, 4) % 10000) / 100, 'page', cityHash64(number, 5) % 1000), map(), 1, number % 1048576
FROM numbers({events:UInt64})`;

const REGISTRATIONS = `INSERT INTO user_changes (property, user_id, seq, position, registration_given, registered_at)
SELECT 1, concat('u', toString(number)), 2, number, true,
    toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(cityHash64(number, 6) % (45 * 86400000))
FROM numbers(${USERS})`;

/**
 * Lets a bench work on an engine of its own that holds so many events of property 1, up to sequence 2; the folder goes
 * with it.
 */
export async function withEngineWorld(events: number, work: (engine: Engine) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const logger = createLogger('silent');
  const embedded = await startEngine({ dataDir: folder, memoryBytes: 4_000_000_000, fsync: false, logger });
  const engine = new Engine(embedded.url, { timeLimitMs: 300_000, memoryLimitBytes: 3_000_000_000 });
  try {
    await migrateEngine(engine);
    await engine.execute({ sql: EVENTS, params: { events } });
    await engine.execute({ sql: REGISTRATIONS, params: {} });
    await engine.execute({ sql: 'OPTIMIZE TABLE events FINAL', params: {} });
    await work(engine);
  } finally {
    await engine.close();
    await embedded.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
