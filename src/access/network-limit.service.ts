import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { networkOf } from '../core/access/network-of.js';
import { Failure } from '../core/failure.js';
import { Config } from '../platform/config/config.js';
import { SharedBucket } from './shared-bucket.js';

/** Networks whose buckets are kept; one that is not heard of for long has a full one. */
const KEPT = 20_000;

/**
 * How many calls a network may send a second where anybody may send. Counted by each process for itself, before anything
 * of a body is read. Networks are cut to /24 and /48 and are in memory alone.
 */
@Injectable()
export class NetworkLimit {
  readonly #buckets = new LRUCache<string, SharedBucket>({ max: KEPT });
  readonly #quota: number;

  constructor({ rates }: Config) {
    this.#quota = rates.networkRequests;
  }

  /** Counts a call from an address. @throws Failure too_many_requests */
  count(address: string): void {
    if (this.#quota === 0) return;
    const nowMs = performance.now();
    const network = networkOf(address) ?? '';
    const bucket = this.#buckets.get(network) ?? new SharedBucket(this.#quota);
    this.#buckets.set(network, bucket);
    const waitMs = bucket.waitMs(nowMs);
    if (waitMs > 0) throw tooMany(this.#quota, waitMs);
    bucket.spend(1, nowMs);
  }
}

function tooMany(value: number, waitMs: number): Failure {
  const detail = `Your network may send ${value} calls a second, and has sent more. Wait as long as Retry-After says.`;
  const extra = { limit: 'requests_of_network', value, retry_after: Math.ceil(waitMs / 1000) };
  return new Failure('too_many_requests', detail, [], extra);
}
