import { BullModule, getQueueToken } from '@nestjs/bullmq';
import { Module, type DynamicModule } from '@nestjs/common';
import {
  createPostgresBackend,
  createRedisBackend,
  setDefaultBackendFactory,
  type ConnectionOptions,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  type Queue,
} from 'bullmq';
import type { StoreUrls } from '../../platform/config/config.js';
import { JobHints } from './job-hints.js';
import { JobQueues } from './job-queues.js';
import { WorkerPause } from './worker-pause.js';

/**
 * Connections of a pool: each queue and each worker has a pool of its own, and a worker a LISTEN connection beside it.
 */
const POOL_SIZE = 2;
/**
 * How often a job may throw before BullMQ drops it. Attempts are counted and limited in the job's row; these are the
 * throws around it, as while the database is away.
 */
const JOB_ATTEMPTS = 10_000;

/**
 * BullMQ on PostgreSQL, or on Redis where a URL is given. The backend is a switch of the whole process, set before any
 * queue exists.
 */
@Module({})
export class QueueModule {
  /** `names`: those of the queues. */
  static forRoot(urls: StoreUrls, names: readonly string[]): DynamicModule {
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
            // A job that is kept would block its id: a row that has to be looked at again could not be added.
            removeOnComplete: true,
            removeOnFail: true,
          },
        }),
        BullModule.registerQueue(...names.map((name) => ({ name }))),
      ],
      providers: [
        { provide: JobHints, useFactory: () => new JobHints(urls.databaseUrl) },
        {
          provide: JobQueues,
          inject: names.map((name) => getQueueToken(name)),
          useFactory: (...queues: Queue[]) => new JobQueues(connection, queues),
        },
        WorkerPause,
      ],
      exports: [JobQueues, JobHints, WorkerPause],
    };
  }
}

function onPostgres(connectionString: string): ConnectionOptions {
  setDefaultBackendFactory<PostgresQueueBackend, PostgresConnectionOptions>(createPostgresBackend);
  return { connectionString, schema: 'bullmq', migrate: true, max: POOL_SIZE } as ConnectionOptions;
}

function onRedis(url: string): ConnectionOptions {
  setDefaultBackendFactory(createRedisBackend);
  // A worker has to outlive any outage of Redis: it waits for ever.
  return { url, maxRetriesPerRequest: null };
}
