import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Failure } from '../core/failure.js';
import type { CacheMode } from '../core/request/raw-request.js';
import type { ChangeKind } from '../core/request/freshness.js';
import type { AnswerDto } from './answer/answer.dto.js';
import { Answers, type AnswerToPoll } from './answer/answers.service.js';
import type { RefreshDto } from './answer/answer-parts.dto.js';
import type { Caller } from './caller.js';
import { RunAdmission, type RequestAndRun } from './run/run-admission.js';
import { fromCache, type AssignedRun } from './run/run-assignment.js';
import { RunFreshness } from './run/run-freshness.js';
import { RunMetrics } from './run/run-metrics.js';
import { RunReads } from './run/run-retention.js';
import type { RunEntity } from './run/run.entity.js';

const MAX_CHARACTERS = 32_000_000;

interface CachedAnswer {
  readonly stamp: string;
  readonly answer: AnswerDto;
  readonly run: RunEntity;
  readonly validUntilMs: number;
  readonly size: number;
}

/**
 * Fresh answers of this process by the body of their request. One is returned again only while its property has the
 * stamp that was read before the answer was made: every change, by whichever process, gives the property another stamp
 * (decisions/0012-answers-kept-by-stamp.md).
 */
@Injectable()
export class AnswerCache {
  readonly #answers = new LRUCache<string, CachedAnswer>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: ({ size }) => size,
  });

  /** Null: there is no answer that holds at `nowMs`. */
  find({ property, stamp }: Caller, body: unknown, nowMs: number): Pick<CachedAnswer, 'answer' | 'run'> | null {
    const cached = this.#answers.get(keyOf(property.id, body));
    return cached !== undefined && cached.stamp === stamp && nowMs < cached.validUntilMs ? cached : null;
  }

  /** Stores a fresh answer; `caller.stamp` was read before anything that the answer says. */
  set({ property, stamp }: Caller, body: unknown, answer: AnswerDto, run: RunEntity): void {
    const key = keyOf(property.id, body);
    const validUntilMs = answer.valid_until === null ? Infinity : Date.parse(answer.valid_until);
    this.#answers.set(key, { stamp, answer, run, validUntilMs, size: key.length + JSON.stringify(answer).length });
  }
}

function keyOf(propertyId: string, body: unknown): string {
  return `${propertyId} ${JSON.stringify(body)}`;
}

/** The newest stored result of a request's hash, and what has changed since: nothing, and it is fresh. */
export interface NewestStored {
  readonly assigned: AssignedRun;
  readonly moved: readonly ChangeKind[];
}

/** Answers requests by results that are stored already. */
@Injectable()
export class StoredAnswers {
  constructor(
    private readonly cache: AnswerCache,
    private readonly answers: Answers,
    private readonly runs: RunAdmission,
    private readonly freshness: RunFreshness,
    private readonly reads: RunReads,
    private readonly metrics: RunMetrics,
  ) {}

  /** The fresh answer to a body that this process has answered before; null: there is none. */
  ofSameBody(caller: Caller, body: unknown, nowMs: number): AnswerToPoll | null {
    const cached = this.cache.find(caller, body, nowMs);
    if (cached === null) return null;
    this.reads.note(cached.run);
    this.metrics.answered('hit');
    return { answer: cached.answer, parts: null, retryAfterS: null, etag: null };
  }

  /**
   * For the cache modes that take a stale result, `only` and `stale_ok`, the newest one. Null: the mode takes none, or
   * none is stored.
   * @throws Failure result_not_cached where the mode is `only` and none is stored
   */
  async newest(wanted: RequestAndRun, cache: CacheMode, nowMs: number): Promise<NewestStored | null> {
    if (cache !== 'only' && cache !== 'stale_ok') return null;
    const candidates = await this.runs.candidates(wanted.run.propertyId, wanted.run.hash);
    const newest = candidates.find(({ run }) => run.state === 'succeeded' && run.unreadable === null);
    if (newest !== undefined) {
      const assigned = fromCache(wanted, newest);
      return { assigned, moved: await this.freshness.moves(newest.run, nowMs, newest.lastSeq) };
    }
    if (cache === 'stale_ok') return null;
    const detail = 'No result of this request is stored. Send it with "cache": "prefer", which computes one.';
    throw new Failure('result_not_cached', detail, [], { hash: wanted.run.hash });
  }

  /** The answer by a result that nothing has changed since; the same body is then answered by `ofSameBody`. */
  async fresh(assigned: AssignedRun, caller: Caller, body: unknown): Promise<AnswerToPoll> {
    const reported = await this.of({ assigned, moved: [] });
    if (reported.parts === null) this.cache.set(caller, body, reported.answer, assigned.run);
    return reported;
  }

  /** The answer by a result, fresh or not; `refresh` is the request that computes it anew. */
  async of({ assigned, moved }: NewestStored, refresh: RefreshDto | null = null): Promise<AnswerToPoll> {
    this.reads.note(assigned.run);
    this.metrics.answered(moved.length === 0 ? 'hit' : 'stale');
    return await this.answers.stored(assigned, moved, refresh);
  }
}
