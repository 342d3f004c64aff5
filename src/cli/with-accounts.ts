import { DataSource } from 'typeorm';
import { AccountsService } from '../accounts/accounts.service.js';
import { ENTITIES } from '../entities.js';
import type { Config } from '../platform/config/config.js';
import { readConfig } from '../platform/config/read-config.js';
import { createLogger } from '../platform/logging/logger.js';
import { exitOnSignals } from '../platform/process/ending.js';
import { checkServer } from '../stores/postgres/check-server.js';
import { dataSourceOptions } from '../stores/postgres/data-source.js';
import { runningOrStarted } from './running-stores.js';

/** Does what a command does with the accounts. */
export function withAccounts<T>(work: (accounts: AccountsService) => Promise<T>): Promise<T> {
  return withDatabase((database, config) => work(new AccountsService(database, config)));
}

/** Does what a command does in PostgreSQL: in that of a Muster that runs, or in one that is started for it. */
export async function withDatabase<T>(work: (database: DataSource, config: Config) => Promise<T>): Promise<T> {
  exitOnSignals();
  const config = readConfig();
  const stores = await runningOrStarted(config, createLogger(config.logLevel));
  try {
    const { databaseUrl } = stores.urls;
    await checkServer(databaseUrl);
    const database = await new DataSource(dataSourceOptions(databaseUrl, ENTITIES)).initialize();
    try {
      return await work(database, config);
    } finally {
      await database.destroy();
    }
  } finally {
    await stores.stop();
  }
}
