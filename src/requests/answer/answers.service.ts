import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ChangeKind } from '../../core/request/freshness.js';
import { isNameWarning, nameWarnings } from '../../core/schema/name-warnings.js';
import type { Warning } from '../../core/warning-codes.js';
import { etagOf, weakEtagOf } from '../../platform/http/entity-tags.js';
import { IngestLedger } from '../../properties/ledger/ingest-ledger.service.js';
import type { LedgerState } from '../../properties/ledger/ledger-store.js';
import { PropertySchemas } from '../../properties/schema/property-schemas.service.js';
import type { RequestAndRun } from '../run/run-admission.js';
import { RunFreshness } from '../run/run-freshness.js';
import { RunProgress } from '../run/run-progress.js';
import { isFinished, type RunEntity } from '../run/run.entity.js';
import type { AnswerOrHead } from './answer-body.js';
import type { RefreshDto } from './answer-parts.dto.js';
import type { AnswerDto } from './answer.dto.js';
import { partsOf, statusOf } from './request-result.js';
import { toAnswer, toUnreadable } from './to-answer.js';

/**
 * An answer with what a poller needs: when to come again (null: the answer is final), and the entity tag (null: none).
 */
export interface AnswerToPoll extends AnswerOrHead {
  readonly retryAfterS: number | null;
  readonly etag: string | null;
}

/** Makes the answer to a request from its row and the row of its run. */
@Injectable()
export class Answers {
  constructor(
    private readonly freshness: RunFreshness,
    private readonly schemas: PropertySchemas,
    private readonly ledger: IngestLedger,
    private readonly progress: RunProgress,
  ) {}

  /**
   * The answer in the present state of the request. A stored result that cannot be read gives what a list shows of it.
   */
  async current(requested: RequestAndRun): Promise<AnswerOrHead> {
    const { run } = requested;
    const parts = partsOf(requested);
    if (run.unreadable !== null) return { answer: toUnreadable(requested, run.unreadable), parts: null };
    const status = statusOf(requested);
    if (!isFinished(status)) {
      const progress = await this.progress.of(run);
      return { answer: toAnswer(requested, { cached: false, moved: null, progress }), parts };
    }
    if (status !== 'succeeded') return { answer: toAnswer(requested, { cached: false, moved: null }), parts };
    const state = requested.state ?? (await this.ledger.state(run.propertyId));
    const moved = await this.freshness.moves(run, Date.now(), state.lastSeq);
    const named = await this.nameWarnings(run, state);
    return { answer: toAnswer(requested, { cached: false, moved, named }), parts };
  }

  /** As `current`, with what the caller needs who polls. */
  async toPoll(requested: RequestAndRun): Promise<AnswerToPoll> {
    const { answer, parts } = await this.current(requested);
    const ageMs = Date.now() - requested.request.createdAt.getTime();
    const retryAfterS = isFinished(answer.status) ? null : retryAfterSeconds(ageMs);
    const version = answerVersion(requested.run, answer);
    return { answer, parts, retryAfterS, etag: answer.progress === null ? etagOf(version) : weakEtagOf(version) };
  }

  /**
   * The answer by a stored result, of which `moved` has changed since; `refresh` is the request that computes it anew.
   */
  async stored(
    requested: RequestAndRun,
    moved: readonly ChangeKind[],
    refresh: RefreshDto | null,
  ): Promise<AnswerToPoll> {
    const named = await this.nameWarnings(requested.run);
    const answer = toAnswer(requested, { cached: true, moved, refresh, named });
    return { answer, parts: partsOf(requested), retryAfterS: null, etag: null };
  }

  /**
   * By the names that are known now, not when the result was computed: a result stays fresh when the first event of a
   * name is on a day that it does not read.
   */
  private async nameWarnings({ canonical, propertyId }: RunEntity, state?: LedgerState): Promise<readonly Warning[]> {
    return nameWarnings(canonical, await this.schemas.of(propertyId, state));
  }
}

const LONGEST_PAUSE_S = 30;

/**
 * A pause in proportion to the age of a request: who polls so learns of the end at most about a quarter of that time
 * late.
 */
export function retryAfterSeconds(ageMs: number): number {
  return Math.min(LONGEST_PAUSE_S, Math.max(1, Math.round(ageMs / 4000)));
}

/**
 * Identifies what an answer says of its run, apart from the time that passes: the id of its server-sent event, and the
 * ETag of its GET. Two answers to one request with one version differ in nothing but `elapsed_ms` and the estimate.
 */
export function answerVersion({ id, attempt }: RunEntity, { status, moved, progress, warnings }: AnswerDto): string {
  const detail = progress ? [progress.queue_position, progress.rows_read, progress.rows_to_read] : moved;
  // Warnings of unknown names come and go with the data, while the result stays.
  const named = warnings.filter(({ code }) => isNameWarning(code)).map((warning) => warning.detail);
  const names = named.length === 0 ? [] : [createHash('sha256').update(named.join('\n')).digest('hex').slice(0, 12)];
  return [id, attempt, status, ...detail.map((part) => part ?? '-'), ...names].join('.');
}
