import { SharedBucket } from '../../../src/access/shared-bucket.js';
import type { Count } from '../../../src/stores/limits/shared-counters.js';

/** How many of `attempts` requests at one moment are let in. */
function letIn(bucket: SharedBucket, attempts: number, nowMs: number): number {
  let taken = 0;
  for (let i = 0; i < attempts; i += 1) {
    if (bucket.waitMs(nowMs) > 0) continue;
    bucket.spend(1, nowMs);
    taken += 1;
  }
  return taken;
}

/** A counter of one window that does not end, for several buckets. */
function counterOf(quota: number): Count {
  let used = 0;
  return async (points) => {
    used += points;
    return { remaining: Math.max(0, quota - used), msBeforeNext: 60_000 };
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a bucket of one process', () => {
  it('lets exactly its quota in, and tells when there is more', () => {
    const bucket = new SharedBucket(10);
    expect(letIn(bucket, 25, 1_000)).toBe(10);
    expect(bucket.waitMs(1_400)).toBe(600);
    expect(bucket.state(1_400)).toEqual({ remaining: 0, msBeforeNext: 600 });
    expect(letIn(bucket, 25, 2_000)).toBe(10);
  });

  it('is full after a rest, and no fuller', () => {
    const bucket = new SharedBucket(10);
    letIn(bucket, 10, 0);
    expect(letIn(bucket, 100, 3_600_000)).toBe(10);
  });

  it('pays for what was taken at once over the next windows', () => {
    const bucket = new SharedBucket(10);
    bucket.spend(35, 0);
    expect(bucket.waitMs(0)).toBe(3_000);
    expect(bucket.waitMs(2_999)).toBe(1);
    expect(letIn(bucket, 100, 3_000)).toBe(5);
  });
});

describe('buckets of several processes', () => {
  it('together let in the quota, and at the most a share of it more for each', async () => {
    const quota = 1_000;
    const count = counterOf(quota);
    const buckets = Array.from({ length: 4 }, () => new SharedBucket(quota, count));
    let taken = 0;
    for (let round = 0; round < 500; round += 1) {
      for (const bucket of buckets) taken += letIn(bucket, 3, performance.now());
      await settled();
    }
    expect(taken).toBeGreaterThanOrEqual(quota);
    expect(taken).toBeLessThanOrEqual(quota * (1 + 0.02 * buckets.length));
  });

  it('each go by themselves while the counter fails', async () => {
    const bucket = new SharedBucket(100, () => Promise.reject(new Error('away')));
    let taken = 0;
    for (let round = 0; round < 20; round += 1) {
      taken += letIn(bucket, 10, 0);
      await settled();
    }
    expect(taken).toBe(100);
  });
});
