import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import {
  RateLimiterPostgres,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterStoreAbstract,
} from 'rate-limiter-flexible';
import { DataSource } from 'typeorm';
import { Config } from '../../platform/config/config.js';

const WINDOW_SECONDS = 1;
const TABLE = 'rate_counters';

/** How much of a window is left for all processes, and when it ends. */
export interface Counted {
  readonly remaining: number;
  readonly msBeforeNext: number;
}

/** Counts points in a window of a second that all processes share. */
export type Count = (points: number) => Promise<Counted>;

/**
 * Counters that all processes share: in Redis where the jobs are, else in PostgreSQL. A process with embedded stores is
 * alone, and has none.
 */
@Injectable()
export class SharedCounters implements OnApplicationShutdown {
  private readonly redis: Redis | undefined;

  constructor(
    private readonly database: DataSource,
    private readonly config: Config,
  ) {
    const { redisUrl, databaseUrl } = config;
    if (redisUrl === undefined || databaseUrl === undefined) return;
    this.redis = new Redis(redisUrl, { lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 1 });
    // Without a listener, a lost connection would be written to the console.
    this.redis.on('error', () => undefined);
    void this.redis.connect().catch(() => undefined);
  }

  /** The counters of one limit, by whose it is; undefined: this process is alone. Rejects where the store is away. */
  of(limit: string, quota: number): ((owner: string) => Count) | undefined {
    if (this.config.databaseUrl === undefined) return undefined;
    const limiter = this.limiter(limit, quota);
    return (owner) => async (points) => {
      const counted = await limiter.consume(owner, points).catch((reason: unknown) => {
        // So it tells that there is nothing left.
        if (reason instanceof RateLimiterRes) return reason;
        throw reason;
      });
      return { remaining: counted.remainingPoints, msBeforeNext: counted.msBeforeNext };
    };
  }

  onApplicationShutdown(): void {
    this.redis?.disconnect();
  }

  private limiter(keyPrefix: string, points: number): RateLimiterStoreAbstract {
    const options = { keyPrefix, points, duration: WINDOW_SECONDS };
    if (this.redis !== undefined) return new RateLimiterRedis({ ...options, storeClient: this.redis });
    return new RateLimiterPostgres({
      ...options,
      storeClient: this.database,
      storeType: 'typeorm',
      tableName: TABLE,
      tableCreated: true,
    });
  }
}
