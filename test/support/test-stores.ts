import type { StoreUrls } from '../../src/platform/config/config.js';
import { startTestEngine, type TestEngine } from './embedded-engine.js';
import { startTestDatabase } from './embedded-postgres.js';
import { startTestRedis } from './redis-server.js';

export interface TestStores {
  readonly urls: StoreUrls;
  readonly engine: TestEngine;
  stop(): Promise<void>;
}

/** A database, an engine and, with `MUSTER_TEST_QUEUE=redis`, a Redis, all new; else the jobs are in the database. */
export async function startTestStores(): Promise<TestStores> {
  const onRedis = process.env['MUSTER_TEST_QUEUE'] === 'redis';
  const [database, engine, redis] = await Promise.all([
    startTestDatabase(),
    startTestEngine(),
    onRedis ? startTestRedis() : undefined,
  ]);
  return {
    urls: { databaseUrl: database.url, clickhouseUrl: engine.url, redisUrl: redis?.url },
    engine,
    stop: async () => {
      await Promise.all([engine.stop(), redis?.stop()]);
      await database.stop();
    },
  };
}
