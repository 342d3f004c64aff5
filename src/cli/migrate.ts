import { migrateAll } from '../migrate-all.js';
import { readConfig } from '../platform/config/read-config.js';
import { createLogger } from '../platform/logging/logger.js';
import { exitOnSignals } from '../platform/process/ending.js';
import { checkEngine } from '../stores/clickhouse/check-engine.js';
import { checkServer } from '../stores/postgres/check-server.js';
import { startStores } from '../start-stores.js';

/** Runs the migrations of both stores. An interrupted one is rolled back or run again. */
export async function migrate(): Promise<void> {
  exitOnSignals();
  const config = readConfig();
  const logger = createLogger(config.logLevel);
  const stores = await startStores(config, logger);
  try {
    await checkServer(stores.urls.databaseUrl);
    await checkEngine(stores.urls.clickhouseUrl);
    logger.info(await migrateAll(stores.urls), 'migrations have run');
  } finally {
    await stores.stop();
  }
}
