import { BullModule } from '@nestjs/bullmq';
import { Module, type DynamicModule } from '@nestjs/common';
import {
  createPostgresBackend,
  createRedisBackend,
  setDefaultBackendFactory,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  type RedisOptions,
} from 'bullmq';
import type { StoreUrls } from '../../platform/config/config.js';
import { RunHints } from './run-hints.js';
import { RUNS_QUEUE } from './run-job.js';
import { RunQueue } from './run-queue.js';
import { UPLOADS_QUEUE } from './upload-job.js';
import { UploadQueue } from './upload-queue.js';
import { WorkerPause } from './worker-pause.js';

/** Connections of a pool; the queue and the worker have one each, and a LISTEN connection beside it. */
const POOL_SIZE = 3;

/** How often a job may throw before BullMQ drops it. Attempts are counted and limited in the run's row; these are the throws around it, as while the database is away. */
const JOB_ATTEMPTS = 10_000;

/** BullMQ on PostgreSQL, or on Redis where a URL is given. The backend is a switch of the whole process, set before any queue exists. */
@Module({})
export class QueueModule {
  static forRoot(urls: StoreUrls): DynamicModule {
    const connection = urls.redisUrl === undefined ? onPostgres(urls.databaseUrl) : onRedis(urls.redisUrl);
    return {
      module: QueueModule,
      global: true,
      imports: [
        BullModule.forRoot({
          connection,
          defaultJobOptions: {
            attempts: JOB_ATTEMPTS,
            backoff: { type: 'custom' },
            // A job that is kept would block its id: a run that has to be looked at again could not be added.
            removeOnComplete: true,
            removeOnFail: true,
          },
        }),
        BullModule.registerQueue({ name: RUNS_QUEUE }, { name: UPLOADS_QUEUE }),
      ],
      providers: [
        { provide: RunHints, useFactory: () => new RunHints(urls.databaseUrl) },
        RunQueue,
        UploadQueue,
        WorkerPause,
      ],
      exports: [BullModule, RunQueue, UploadQueue, RunHints, WorkerPause],
    };
  }
}

function onPostgres(connectionString: string): RedisOptions {
  setDefaultBackendFactory<PostgresQueueBackend, PostgresConnectionOptions>(createPostgresBackend);
  return { connectionString, schema: 'bullmq', migrate: true, max: POOL_SIZE };
}

function onRedis(url: string): RedisOptions {
  setDefaultBackendFactory(createRedisBackend);
  // A worker has to outlive any outage of Redis: it waits for ever.
  return { url, maxRetriesPerRequest: null };
}
