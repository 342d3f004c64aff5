import { Injectable } from '@nestjs/common';
import { createRemoteJWKSet, customFetch, type RemoteJWKSet } from 'jose';
import { LRUCache } from 'lru-cache';
import { Outbound, OutboundFailure } from '../../platform/outbound/outbound.service.js';

const KEPT_ISSUERS = 1000;
/** How old keys may be; a token by a key that is not known has them read anew before. */
const LONGEST_MS = 600_000;
/** At the least between two reads: a stranger can name unknown keys as often as he likes. */
const BETWEEN_READS_MS = 30_000;
/** How long a read that has failed is not tried again. */
const AFTER_FAILURE_MS = 5_000;

/** The public keys of issuers of tokens, by the address of their sets (RFC 7517). */
@Injectable()
export class IssuerKeys {
  private readonly sets = new LRUCache<string, RemoteJWKSet>({ max: KEPT_ISSUERS });

  constructor(private readonly outbound: Outbound) {}

  /** What finds the key of a token. It throws an OutboundFailure, or an error of jose. */
  of(jwksUri: string): RemoteJWKSet {
    const known = this.sets.get(jwksUri);
    if (known !== undefined) return known;
    const set = createRemoteJWKSet(new URL(jwksUri), {
      cacheMaxAge: LONGEST_MS,
      cooldownDuration: BETWEEN_READS_MS,
      [customFetch]: this.patientFetch(),
    });
    this.sets.set(jwksUri, set);
    return set;
  }

  private patientFetch() {
    let failure: { readonly atMs: number; readonly error: unknown } | null = null;
    return async (url: string, { headers, signal }: { headers: Headers; signal: AbortSignal }): Promise<Response> => {
      if (failure !== null && performance.now() - failure.atMs < AFTER_FAILURE_MS) throw failure.error;
      try {
        const response = await this.outbound.fetch(url, { headers, signal });
        if (response.status !== 200) throw new OutboundFailure(`The keys are answered with ${response.status}`);
        failure = null;
        return response;
      } catch (error) {
        failure = { atMs: performance.now(), error };
        throw error;
      }
    };
  }
}
