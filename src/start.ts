import type { Logger } from 'pino';
import type { Config, StoreUrls } from './platform/config/config.js';
import { DiskSpace } from './platform/health/disk-space.js';
import { createLogger } from './platform/logging/logger.js';
import type { Serving } from './serve.js';
import { checkEngine } from './stores/clickhouse/check-engine.js';
import { checkServer } from './stores/postgres/check-server.js';
import { checkRedis } from './stores/queue/check-redis.js';
import { startFailure, startStores } from './start-stores.js';

/** One Muster process, ready. */
export interface RunningMuster {
  readonly app: Serving['app'];
  /** Where it listens. */
  readonly url: string;
  readonly urls: StoreUrls;
  /** Ends it in order: requests, runs, connections; the stores end last. */
  stop(): Promise<void>;
}

/**
 * Starts everything the configuration asks for; resolves when it is ready. Whatever goes wrong, and when the signal
 * aborts on the way, what was started is stopped again before the promise rejects. Throws a StartupProblem where the
 * user has to act.
 */
export async function startMuster(config: Config, signal?: AbortSignal): Promise<RunningMuster> {
  const logger = createLogger(config.logLevel);
  const undo = new UndoList(logger);
  try {
    // To load the application's code takes longer than anything else: the stores start meanwhile.
    const code = Promise.all([import('./serve.js'), import('./migrate-all.js')]);
    const stores = await startStores(config, logger);
    undo.add('the embedded stores', () => stores.stop());
    signal?.throwIfAborted();
    await checkServer(stores.urls.databaseUrl);
    await checkEngine(stores.urls.clickhouseUrl);
    await checkRedis(stores.urls.redisUrl);
    const [{ serve }, { migrateAll }] = await code;
    logger.info(await migrateAll(stores.urls), 'migrations have run');
    signal?.throwIfAborted();
    const serving = await serve(config, stores.urls, logger);
    undo.add('the application', () => serving.stop());
    signal?.throwIfAborted();
    const refusal = await serving.app.get(DiskSpace).refusal();
    if (refusal) logger.warn({ event: refusal.code }, refusal.detail);
    sayReady(logger, config, serving.url);
    return { app: serving.app, url: serving.url, urls: stores.urls, stop: () => undo.run() };
  } catch (error) {
    await undo.run();
    throw startFailure(config, error);
  }
}

function sayReady(logger: Logger, { dataDir, role }: Config, url: string): void {
  if (role === 'worker')
    return logger.info({ event: 'ready', role, url }, `Muster is ready for runs, see ${url}/readyz`);
  const docs = `${url}/docs`;
  logger.info(
    { event: 'ready', role, url, docs, dataDir },
    `Muster is ready at ${url}, its API is described at ${docs}`,
  );
}

/** How to take back what was done, last first. A step that fails does not keep the others from running. */
class UndoList {
  private readonly steps: { readonly what: string; readonly undo: () => Promise<void> }[] = [];

  constructor(private readonly logger: Logger) {}

  add(what: string, undo: () => Promise<void>): void {
    this.steps.push({ what, undo });
  }

  async run(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        this.logger.error({ err: error }, `could not stop ${step.what}`);
      }
    }
  }
}
