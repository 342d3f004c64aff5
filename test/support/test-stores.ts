import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreUrls } from '../../src/platform/config/config.js';
import { startTestEngine, type TestEngine, type TestEngineOptions } from './embedded-engine.js';
import { startTestDatabase } from './embedded-postgres.js';
import { startTestRedis } from './redis-server.js';

export interface TestStores {
  readonly urls: StoreUrls;
  readonly engine: TestEngine;
  /** Where every process on these stores finds the admin key. */
  readonly dataDir: string;
  stop(): Promise<void>;
}

/**
 * A new database, an empty engine and, with `MUSTER_TEST_QUEUE=redis`, a new Redis; else the jobs are in the database.
 */
export async function startTestStores(options: Pick<TestEngineOptions, 'isOwn'> = {}): Promise<TestStores> {
  const onRedis = process.env['MUSTER_TEST_QUEUE'] === 'redis';
  const [database, engine, redis] = await Promise.all([
    startTestDatabase(),
    startTestEngine(options),
    onRedis ? startTestRedis() : undefined,
  ]);
  const dataDir = mkdtempSync(join(tmpdir(), 'muster-app-'));
  return {
    urls: { databaseUrl: database.url, clickhouseUrl: engine.url, redisUrl: redis?.url },
    engine,
    dataDir,
    stop: async () => {
      await Promise.all([engine.stop(), redis?.stop()]);
      await database.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
