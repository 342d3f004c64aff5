import { Redis } from 'ioredis';
import { EXIT_CODES, StartupProblem } from '../../platform/config/startup-problem.js';

const CONNECT_LIMIT_MS = 5_000;

/**
 * Throws a StartupProblem when Redis cannot be reached or does not take our password: BullMQ would wait for it for
 * ever.
 */
export async function checkRedis(redisUrl: string | undefined): Promise<void> {
  if (redisUrl === undefined) return;
  const redis = new Redis(redisUrl, { lazyConnect: true, connectTimeout: CONNECT_LIMIT_MS, retryStrategy: () => null });
  // Without a listener, a refused connection would be written to the console.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    const reason = `REDIS_URL: Redis cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    throw new StartupProblem(EXIT_CODES.unavailable, [reason], { cause: error });
  } finally {
    redis.disconnect();
  }
}
