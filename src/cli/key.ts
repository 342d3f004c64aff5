import { DataSource } from 'typeorm';
import { AccountsService } from '../accounts/accounts.service.js';
import { ENTITIES } from '../entities.js';
import { readConfig } from '../platform/config/read-config.js';
import { createLogger } from '../platform/logging/logger.js';
import { exitOnSignals } from '../platform/process/ending.js';
import { checkServer } from '../stores/postgres/check-server.js';
import { dataSourceOptions } from '../stores/postgres/data-source.js';
import { startStores } from '../start-stores.js';

/** Makes a new admin key for whoever has lost the first one, and says in which file it is. */
export async function replaceKey(): Promise<void> {
  exitOnSignals();
  const config = readConfig();
  const stores = await startStores(config, createLogger(config.logLevel));
  try {
    const { databaseUrl } = stores.urls;
    await checkServer(databaseUrl);
    const database = await new DataSource(dataSourceOptions(databaseUrl, ENTITIES)).initialize();
    try {
      const path = await new AccountsService(database, config).replaceAdminKey();
      console.log(`A new admin key is in the file ${path}; the old one is refused from now on.`);
    } finally {
      await database.destroy();
    }
  } finally {
    await stores.stop();
  }
}
