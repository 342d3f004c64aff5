import { createPostgresBackend, createRedisBackend, Queue } from 'bullmq';
import { METRIC_RUNS } from '../../src/requests/run/run.entity.js';

/** Jobs that the queue holds, in whatever state. */
export async function jobsLeft(databaseUrl: string, redisUrl: string | undefined): Promise<number> {
  const queue =
    redisUrl === undefined
      ? new Queue(
          METRIC_RUNS.name,
          { connection: { connectionString: databaseUrl, schema: 'bullmq' } },
          createPostgresBackend,
        )
      : new Queue(METRIC_RUNS.name, { connection: { url: redisUrl } }, createRedisBackend);
  queue.on('error', () => undefined);
  try {
    return await queue.getJobCountByTypes('waiting', 'prioritized', 'delayed', 'active', 'failed', 'completed');
  } finally {
    await queue.close();
  }
}
