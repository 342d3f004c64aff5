import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { networkOf } from '../core/access/network-of.js';
import { Failure } from '../core/failure.js';
import { Config } from '../platform/config/config.js';
import { SharedBucket } from './shared-bucket.js';

/** Networks whose buckets are kept; one that is not heard of for long has a full one. */
const KEPT = 20_000;

/** So many bytes of a body, inflated, cost as much as a call. */
const BYTES_OF_CALL = 16_384;

/**
 * How many calls a network may send a second where anybody may send; large bodies count as several. Counted by each
 * process for itself, before anything of a body is read. Networks are cut to /24 and /48 and are in memory alone.
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
    const bucket = this.bucketOf(address);
    const waitMs = bucket.waitMs(nowMs);
    if (waitMs > 0) throw tooMany(this.#quota, waitMs);
    bucket.spend(1, nowMs);
  }

  /** Counts what the body of a counted call has cost more than a small one, which later calls pay. */
  countBody(address: string, bytes: number): void {
    const calls = Math.floor(bytes / BYTES_OF_CALL);
    if (this.#quota > 0 && calls > 0) this.bucketOf(address).spend(calls, performance.now());
  }

  private bucketOf(address: string): SharedBucket {
    const network = networkOf(address) ?? '';
    const bucket = this.#buckets.get(network) ?? new SharedBucket(this.#quota);
    this.#buckets.set(network, bucket);
    return bucket;
  }
}

function tooMany(value: number, waitMs: number): Failure {
  const detail = `Your network may send ${value} calls a second, and has sent more. Wait as long as Retry-After says.`;
  const extra = { limit: 'requests_of_network', value, retry_after: Math.ceil(waitMs / 1000) };
  return new Failure('too_many_requests', detail, [], extra);
}
