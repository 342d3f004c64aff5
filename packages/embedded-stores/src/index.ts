export { startEmbeddedStores, type EmbeddedStores, type EmbeddedStoresOptions } from './embedded-stores.js';
export { StoreProblem, type StoreProblemKind } from './store-problem.js';
export type { StoreLogger } from './store-logger.js';
export { diskFullProblem, openDataFolder } from './data-folder.js';
export { commandOf, runningProcesses, startOf, type ProcessIdentity } from './process-identity.js';
export { startPostgres, type EmbeddedPostgres, type PostgresOptions } from './postgres/start-postgres.js';
export { launchPostgres, postgresUrl, type LaunchedPostgres } from './postgres/launch-postgres.js';
export { postgresBinaries, type PostgresBinaries } from './postgres/cluster.js';
export { serverUser, type ServerUser } from './postgres/server-user.js';
export {
  enginePaths,
  startEngine,
  type EmbeddedEngine,
  type EnginePaths,
  type StartEngineOptions,
} from './engine/start-engine.js';
export { Semaphore } from './engine/semaphore.js';
export { ENGINE_PROGRAM, type EngineProcessOptions } from './engine/engine-child.js';
export { tokens, type Token } from './engine/sql-scanner.js';
