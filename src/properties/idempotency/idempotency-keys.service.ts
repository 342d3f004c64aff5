import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Housekeeping } from '../../stores/postgres/housekeeping.js';
import { Failure } from '../../core/failure.js';

/** How long the answer to a key is kept. */
export const KEPT_HOURS = 24;
/** No call takes longer than this: who took a key before and has not answered is dead. */
const ANSWERED_WITHIN = '5 minutes';
/** Old keys that each new one takes along. */
const SWEPT = 20;

/** An answer as it was sent. */
export interface RecordedAnswer {
  readonly status: number;
  readonly location: string | null;
  readonly etag: string | null;
  readonly body: object | null;
}

/** A call with a key: which one it is, and what it says. */
export interface KeyedCall {
  /** Id of the property, or of the account for what belongs to none. */
  readonly scope: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly attemptId: string;
}

/**
 * Takes the key, unless an answer is kept for it or somebody works on one; a key whose time is over is as good as none.
 */
const TAKE = `
  WITH old AS (
    DELETE FROM idempotency_keys WHERE (scope, key) IN (
      SELECT scope, key FROM idempotency_keys
      WHERE created_at < now() - interval '${KEPT_HOURS} hours' AND (scope, key) <> ($1, $2)
      ORDER BY created_at LIMIT ${SWEPT} FOR UPDATE SKIP LOCKED)
  )
  INSERT INTO idempotency_keys AS kept (scope, key, fingerprint, attempt_id) VALUES ($1, $2, $3, $4)
  ON CONFLICT (scope, key) DO UPDATE
    SET fingerprint = $3, attempt_id = $4, status = NULL, location = NULL, etag = NULL, body = NULL, created_at = now()
    WHERE kept.created_at < now() - interval '${KEPT_HOURS} hours'
      OR (kept.status IS NULL AND kept.fingerprint = $3 AND kept.created_at < now() - interval '${ANSWERED_WITHIN}')
  RETURNING 1`;

const REMOVE_OLD = `
  DELETE FROM idempotency_keys WHERE (scope, key) IN (
    SELECT scope, key FROM idempotency_keys WHERE created_at < $1::timestamptz - interval '${KEPT_HOURS} hours'
    ORDER BY created_at LIMIT 500 FOR UPDATE SKIP LOCKED)`;

/** Sees that a POST which is sent again does its work once. */
@Injectable()
export class IdempotencyKeys implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly housekeeping: Housekeeping,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add({ kind: 'idempotency_keys', step: (now) => this.removeOld(now) });
  }

  private async removeOld(now: Date): Promise<number> {
    const [, count]: [unknown[], number] = await this.database.query(REMOVE_OLD, [now]);
    return count;
  }

  /**
   * The answer that was given to the key before; null: the caller has taken the key, and has to `keep` an answer or
   * `release` it.
   * @throws Failure idempotency_key_reused for another call with the key, idempotency_key_in_use while the first one is
   * under way
   */
  async take({ scope, key, fingerprint, attemptId }: KeyedCall): Promise<RecordedAnswer | null> {
    const taken: unknown[] = await this.database.query(TAKE, [scope, key, fingerprint, attemptId]);
    if (taken.length > 0) return null;
    const [kept]: (RecordedAnswer & { fingerprint: string })[] = await this.database.query(
      'SELECT fingerprint, status, location, etag, body FROM idempotency_keys WHERE scope = $1 AND key = $2',
      [scope, key],
    );
    if (kept !== undefined && kept.fingerprint !== fingerprint) throw keyReused();
    // Released between the two statements, or not answered yet: either way the caller may come again.
    if (kept === undefined || kept.status === null) throw keyInUse();
    const { status, location, etag, body } = kept;
    return { status, location, etag, body };
  }

  async keep({ scope, key, attemptId }: KeyedCall, { status, location, etag, body }: RecordedAnswer): Promise<void> {
    await this.database.query(
      `UPDATE idempotency_keys SET status = $4, location = $5, etag = $6, body = $7
       WHERE scope = $1 AND key = $2 AND attempt_id = $3 AND status IS NULL`,
      [scope, key, attemptId, status, location, etag, JSON.stringify(body)],
    );
  }

  /** After a call that was refused or failed: it has created nothing, and may be put right under the same key. */
  async release({ scope, key, attemptId }: KeyedCall): Promise<void> {
    await this.database.query(
      'DELETE FROM idempotency_keys WHERE scope = $1 AND key = $2 AND attempt_id = $3 AND status IS NULL',
      [scope, key, attemptId],
    );
  }
}

export function keyReused(kept = `within ${KEPT_HOURS} hours`): Failure {
  const detail = `The Idempotency-Key was sent with another call ${kept}. Give every new call a new key.`;
  return new Failure('idempotency_key_reused', detail);
}

export function keyInUse(): Failure {
  const detail =
    'A call with this Idempotency-Key is under way. Send it again in a moment: the answer will be the same.';
  return new Failure('idempotency_key_in_use', detail);
}
