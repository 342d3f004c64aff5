import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { AppModule } from './app.module.js';
import { migrateAll } from './migrate-all.js';
import type { Config, StoreUrls } from './platform/config/config.js';
import { EXIT_CODES, StartupProblem } from './platform/config/startup-problem.js';
import { Readiness } from './platform/health/readiness.js';
import { createHttpApp } from './platform/http/create-http-app.js';
import { drain } from './platform/http/drain.js';
import { createLogger } from './platform/logging/logger.js';
import { NestLogger } from './platform/logging/nest-logger.js';
import { startEmbedded } from './stores/embedded/start-embedded.js';
import { checkServer } from './stores/postgres/check-server.js';

/** One Muster process, ready. */
export interface RunningMuster {
  /** Where it listens; undefined for a worker, which does not. */
  readonly url: string | undefined;
  readonly app: INestApplicationContext;
  readonly urls: StoreUrls;
  /** Ends it in order: no more requests, those under way are answered, runs finish or are handed back, the stores end last. */
  stop(): Promise<void>;
}

/**
 * Starts everything the configuration asks for; resolves when it is ready. Whatever goes wrong, and when the signal aborts on
 * the way, all that was started is stopped again before the promise rejects. Throws a StartupProblem where the user has to act.
 */
export async function startMuster(
  config: Config,
  signal: AbortSignal = new AbortController().signal,
): Promise<RunningMuster> {
  const logger = createLogger(config.logLevel);
  const undo = new UndoList(logger);
  try {
    const { urls, stop } = await startEmbedded(config, logger);
    undo.add('the embedded stores', stop);
    signal.throwIfAborted();
    await checkServer(urls.databaseUrl);
    logger.info(await migrateAll(urls), 'migrations have run');
    signal.throwIfAborted();
    const { app, url } = await (config.role === 'worker' ? startWorker : startHttp)(config, urls, logger, undo);
    signal.throwIfAborted();
    const docs = url && `${url}/docs`;
    logger.info(
      { event: 'ready', url, docs, dataDir: config.dataDir },
      `Muster is ready${url ? `: ${url}, its API at ${docs}` : ''}`,
    );
    return { url, app, urls, stop: () => undo.run() };
  } catch (error) {
    await undo.run();
    throw error;
  }
}

async function startWorker(config: Config, urls: StoreUrls, logger: Logger, undo: UndoList) {
  const app = await NestFactory.createApplicationContext(AppModule.forRoot(config, urls), nestOptions(logger));
  undo.add('the worker', () => app.close());
  return { app, url: undefined };
}

async function startHttp(config: Config, urls: StoreUrls, logger: Logger, undo: UndoList) {
  const app = await createHttpApp(AppModule.forRoot(config, urls), { config, logger, nest: nestOptions(logger) });
  undo.add('the application', () => stopHttp(app, config.shutdownGraceMs));
  try {
    await app.listen(config.port, config.host);
  } catch (error) {
    throw cannotListen(error, config);
  }
  return { app, url: await app.getUrl() };
}

async function stopHttp(app: NestFastifyApplication, graceMs: number): Promise<void> {
  app.get(Readiness).stop();
  await drain(app.getHttpServer(), graceMs);
  await app.close();
}

const nestOptions = (logger: Logger) => ({ logger: new NestLogger(logger), abortOnError: false });

function cannotListen(error: unknown, { host, port }: Config): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') return error;
  const reason = code === 'EADDRINUSE' ? 'is taken by another program' : 'may not be used';
  const advice = `The address ${host}:${port} ${reason}: set MUSTER_HOST and MUSTER_PORT to a free one`;
  return new StartupProblem(EXIT_CODES.unavailable, [advice], { cause: error });
}

/** How to take back what was done, last first. A step that fails does not keep the others from running. */
class UndoList {
  private readonly steps: { readonly what: string; readonly undo: () => Promise<void> | void }[] = [];

  constructor(private readonly logger: Logger) {}

  add(what: string, undo: () => Promise<void> | void): void {
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
