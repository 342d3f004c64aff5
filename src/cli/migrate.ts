import { constants } from 'node:os';
import { migrateAll } from '../migrate-all.js';
import { exitWith } from '../platform/process/ending.js';
import { readConfig } from '../platform/config/read-config.js';
import { createLogger } from '../platform/logging/logger.js';
import { checkEngine } from '../stores/clickhouse/check-engine.js';
import { checkServer } from '../stores/postgres/check-server.js';
import { startStores } from '../start-stores.js';

// An interrupted migration is rolled back or run again; by an exit of our own the embedded stores end too.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => process.exit(128 + constants.signals[signal]));

try {
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
} catch (error) {
  exitWith(error);
}
