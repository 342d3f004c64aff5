import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { LRUCache } from 'lru-cache';
import { Failure } from '../core/failure.js';
import { Config } from '../platform/config/config.js';
import { SharedCounters } from '../stores/limits/shared-counters.js';
import { SharedBucket } from './shared-bucket.js';

/** Callers whose buckets are kept; one that is not heard of for long has a full one. */
const KEPT = 20_000;
/** A stream waits so long for its turn; then its sender is told. Well below the time after which its connection is closed. */
const LONGEST_PAUSE_MS = 30_000;

/** Whose requests or items count: a key, and its account. */
export interface Caller {
  readonly id: string;
  readonly accountId: string;
}

/** One limit, with a bucket for each whom it holds for. */
interface Limit {
  /** As the headers and problems name it. */
  readonly name: string;
  readonly quota: number;
  readonly of: (caller: Caller) => SharedBucket;
}

/**
 * How many requests, and how many events and users, a key and an account may send a second (decision 0059). The headers
 * `RateLimit` and `RateLimit-Policy` tell callers before they are refused.
 */
@Injectable()
export class RateLimits {
  private readonly requests: readonly Limit[];
  private readonly sent: readonly Limit[];
  private readonly policy: string;

  constructor(config: Config, counters: SharedCounters) {
    const limit = (name: string, quota: number, owner: keyof Caller): Limit[] =>
      quota === 0 ? [] : [{ name, quota, of: bucketsOf(name, quota, owner, counters) }];
    const { keyRequests, accountRequests, keyItems, accountItems } = config.rates;
    this.requests = [
      ...limit('requests_of_key', keyRequests, 'id'),
      ...limit('requests_of_account', accountRequests, 'accountId'),
    ];
    this.sent = [...limit('items_of_key', keyItems, 'id'), ...limit('items_of_account', accountItems, 'accountId')];
    this.policy = this.requests.map(({ name, quota }) => `"${name}";q=${quota};w=1`).join(', ');
  }

  /**
   * Counts a request, and tells its caller what is left.
   * @throws Failure too_many_requests
   */
  request(caller: Caller, reply: FastifyReply): void {
    if (this.requests.length === 0) return;
    const nowMs = performance.now();
    const buckets = this.requests.map((limit) => ({ limit, bucket: limit.of(caller) }));
    reply.header('ratelimit-policy', this.policy);
    for (const { limit, bucket } of buckets) {
      const waitMs = bucket.waitMs(nowMs);
      if (waitMs === 0) continue;
      reply.header('ratelimit', toldBy(limit, bucket, nowMs));
      throw tooMany('too_many_requests', limit, 'requests', waitMs);
    }
    for (const { bucket } of buckets) bucket.spend(1, nowMs);
    reply.header('ratelimit', buckets.map(({ limit, bucket }) => toldBy(limit, bucket, nowMs)).join(', '));
  }

  /**
   * Lets somebody begin to send. @throws Failure too_many_items where what was sent before has used up what there is
   */
  beginSending(caller: Caller): void {
    const nowMs = performance.now();
    for (const limit of this.sent) {
      const waitMs = limit.of(caller).waitMs(nowMs);
      if (waitMs > 0) throw tooMany('too_many_items', limit, 'events and users', waitMs);
    }
  }

  /**
   * Resolves when the next batch of a body may be read: what is sent faster is slowed down.
   * @throws Failure too_many_items where that is too long from now
   */
  async goOnSending(caller: Caller): Promise<void> {
    for (const limit of this.sent) {
      const waitMs = limit.of(caller).waitMs(performance.now());
      if (waitMs > LONGEST_PAUSE_MS) throw tooMany('too_many_items', limit, 'events and users', waitMs);
      if (waitMs > 0) await sleep(waitMs);
    }
  }

  /** Counts items that were stored. */
  sentItems(caller: Caller, items: number): void {
    const nowMs = performance.now();
    for (const limit of this.sent) limit.of(caller).spend(items, nowMs);
  }
}

function bucketsOf(
  name: string,
  quota: number,
  owner: keyof Caller,
  counters: SharedCounters,
): (caller: Caller) => SharedBucket {
  const buckets = new LRUCache<string, SharedBucket>({ max: KEPT });
  const counterOf = counters.of(name, quota);
  return (caller) => {
    const id = caller[owner];
    const known = buckets.get(id);
    if (known !== undefined) return known;
    const bucket = new SharedBucket(quota, counterOf?.(id));
    buckets.set(id, bucket);
    return bucket;
  };
}

function toldBy({ name }: Limit, bucket: SharedBucket, nowMs: number): string {
  const { remaining, msBeforeNext } = bucket.state(nowMs);
  return `"${name}";r=${Math.floor(remaining)};t=${Math.ceil(msBeforeNext / 1000)}`;
}

function tooMany(
  code: 'too_many_requests' | 'too_many_items',
  { name, quota }: Limit,
  what: string,
  waitMs: number,
): Failure {
  const whose = name.endsWith('key') ? 'This API key' : 'The account';
  const detail = `${whose} may send ${quota} ${what} a second, and has sent more. Wait as long as Retry-After says.`;
  return new Failure(code, detail, [], { limit: name, value: quota, retry_after: Math.ceil(waitMs / 1000) });
}
