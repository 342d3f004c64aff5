import { createPostgresBackend, createRedisBackend, Queue } from 'bullmq';
import { RUNS_QUEUE } from '../../src/stores/queue/run-job.js';

/** Jobs that the queue holds, in whatever state. */
export async function jobsLeft(databaseUrl: string, redisUrl: string | undefined): Promise<number> {
  const queue =
    redisUrl === undefined
      ? new Queue(
          RUNS_QUEUE,
          { connection: { connectionString: databaseUrl, schema: 'bullmq' } },
          createPostgresBackend,
        )
      : new Queue(RUNS_QUEUE, { connection: { url: redisUrl } }, createRedisBackend);
  queue.on('error', () => undefined);
  try {
    return await queue.getJobCountByTypes('waiting', 'prioritized', 'delayed', 'active', 'failed', 'completed');
  } finally {
    await queue.close();
  }
}
