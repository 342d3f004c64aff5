import type { INestApplicationContext } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { AccountsService, type FirstAccount } from './accounts/accounts.service.js';
import { AppModule } from './app.module.js';
import { JobWatcher } from './jobs/job-watcher.js';
import { JobWorker } from './jobs/job-worker.js';
import type { Config, StoreUrls } from './platform/config/config.js';
import { EXIT_CODES, StartupProblem } from './platform/config/startup-problem.js';
import { Readiness } from './platform/health/readiness.js';
import { BodyShutdown, drain } from './platform/http/shutdown.js';
import { LOST_KEY_ADVICE, type LostKey } from './stores/secrets/lost-keys.js';
import { StoredSecrets } from './stores/secrets/stored-secrets.service.js';
import { createHttpApp } from './platform/http/create-http-app.js';
import { NestLogger } from './platform/logging/nest-logger.js';

/** The application at work. */
export interface Serving {
  readonly app: INestApplicationContext;
  /** Where it listens. */
  readonly url: string;
  /**
   * Takes no more requests, waits for those under way and for the runs up to the grace period, and closes its
   * connections.
   */
  stop(): Promise<void>;
}

/**
 * Starts the application on stores that are up and migrated; a worker listens too, and tells only how it is. Throws a
 * StartupProblem when its address cannot be used.
 */
export async function serve(config: Config, urls: StoreUrls, logger: Logger): Promise<Serving> {
  const nest = { logger: new NestLogger(logger), abortOnError: false };
  const app = await createHttpApp(AppModule.forRoot(config, urls), { config, logger, nest });
  try {
    if (config.role !== 'worker') {
      sayFirstKey(logger, await app.get(AccountsService).ensureFirst());
      sayLostKeys(logger, await app.get(StoredSecrets).begin());
    }
    await app.listen(config.port, config.host);
  } catch (error) {
    await app.close();
    throw cannotListen(error, config);
  }
  // Nest does not know that the server speaks TLS.
  const url = (await app.getUrl()).replace(/^https?:/, config.tls === undefined ? 'http:' : 'https:');
  return { app, url, stop: () => stop(app, config) };
}

/** Of the grace period; the rest is for storing what was read and for the answer. */
const BODIES_SHARE = 0.75;

/** Requests and jobs share the grace period. */
async function stop(app: NestFastifyApplication, { shutdownGraceMs }: Config): Promise<void> {
  app.get(Readiness).stop();
  app.get(JobWatcher).endWaits();
  const impatience = setTimeout(() => app.get(BodyShutdown).stop(), BODIES_SHARE * shutdownGraceMs);
  await Promise.all([drain(app.getHttpServer(), shutdownGraceMs), app.get(JobWorker).finish()]);
  clearTimeout(impatience);
  await app.close();
}

/** Names the file: a log is read by more people than may use the key. */
function sayFirstKey(logger: Logger, { created, keyFile, keyFileExists, ownerFile }: FirstAccount): void {
  if (created)
    logger.info(
      { event: 'first_start', keyFile, ownerFile },
      `The admin key is in the file ${keyFile}; the token by which the first owner signs in, within an hour, in ${ownerFile}`,
    );
  else if (!keyFileExists)
    logger.info(
      { keyFile },
      'The admin key is not here: the account was made elsewhere, or the file was taken away. Where the key is lost, "npm run admin-key" makes a new one',
    );
}

/** Whoever signs in by a provider meets it later: it is told where it can be put right. */
function sayLostKeys(logger: Logger, lost: readonly LostKey[]): void {
  for (const { keyId, secrets } of lost) {
    logger.error(
      { event: 'secrets_unreadable', keyId, secrets },
      `${secrets} secrets are encrypted by the key ${keyId}, which is not here. ${LOST_KEY_ADVICE}`,
    );
  }
}

const NOT_OURS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another program',
  EADDRNOTAVAIL: 'does not belong to this machine',
  EACCES: 'may only be used by root',
};

function cannotListen(error: unknown, { host, port }: Config): unknown {
  const reason = NOT_OURS[(error as NodeJS.ErrnoException).code ?? ''];
  if (!reason) return error;
  const advice = `The address ${host}:${port} ${reason}: set MUSTER_HOST and MUSTER_PORT to another one`;
  return new StartupProblem(EXIT_CODES.unavailable, [advice], { cause: error });
}
