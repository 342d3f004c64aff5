import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { STORED_FORMS } from '../../core/stored/stored-form.js';
import type { Priority } from '../../core/request/raw-request.js';
import { lockSql } from '../../stores/postgres/advisory-locks.js';
import { notifySql } from '../../stores/queue/job-hints.js';
import type { RequestEntity } from './request.entity.js';
import type { ClaimedJob } from '../../jobs/job-kind.js';
import { claimedOf, JobStore, type ClaimRow } from '../../jobs/job-store.js';
import type { JobPlace } from '../../jobs/job-worker.js';
import {
  LedgerStore,
  ledgerStateOf,
  type LedgerState,
  type LedgerStateRow,
} from '../../properties/ledger/ledger-store.js';
import { inOneTrip, type Statement } from '../../stores/postgres/one-trip.js';
import type { ClaimedRunRow } from './run-handler.js';
import { newRank, RunScheduler } from './run-scheduler.js';
import { toRun, type RunRow } from './run-row.js';
import { METRIC_RUNS, type RunEntity } from './run.entity.js';

/** A request and the run that answers it. */
export interface RequestAndRun {
  readonly request: RequestEntity;
  readonly run: RunEntity;
  /** Where the property stood when both were read, where that is known. */
  readonly state?: LedgerState;
}

/** A run that was saved; `claimed`: it is under way, and the caller begins it. */
export interface Created {
  readonly claimed: ClaimedJob<ClaimedRunRow> | null;
}

interface CountedRow {
  readonly is_answered: boolean;
  readonly of_account: number;
  readonly in_all: number;
}

/** A run that can answer requests of its hash: its newest result, or one without an end. */
export interface Candidate {
  readonly run: RunEntity;
  /** The newest request that it answers, which stands for it in answers from the cache. */
  readonly newestRequestId: string | null;
  /** The last ingest sequence of the property that was given out. */
  readonly lastSeq: number;
}

const CANDIDATES = `
  SELECT found.*, (SELECT max(id) FROM requests WHERE run_id = found.id AND detached_at IS NULL) AS newest_request_id,
    (SELECT last_seq FROM ingest_counters WHERE property_id = $1) AS last_seq
  FROM (${candidatesOf('$1', '$2')}) AS found`;

/** For the run that `WITH run AS (...)` names, if any. */
const INSERT_REQUEST = `
  INSERT INTO requests (id, property_id, run_id, api_key_id, canonical, form, cohort, created_at, named_metric)
  SELECT $1, $2, run.id, $3, $4::json, ${STORED_FORMS.request}, $5, $6, $7 FROM run
  RETURNING id`;

/** How requests get their run, and give it up. */
@Injectable()
export class RunAdmission {
  constructor(
    private readonly dataSource: DataSource,
    private readonly scheduler: RunScheduler,
    private readonly jobs: JobStore,
    private readonly ledger: LedgerStore,
  ) {}

  async candidates(propertyId: string, hash: string): Promise<Candidate[]> {
    type Row = RunRow & { readonly newest_request_id: string | null; readonly last_seq: string | null };
    const rows: Row[] = await this.dataSource.query(CANDIDATES, [propertyId, hash]);
    return rows.map((row) => ({
      run: toRun(row),
      newestRequestId: row.newest_request_id,
      lastSeq: Number(row.last_seq ?? 0),
    }));
  }

  /**
   * Saves a request and a run for it, with its rank, unless there is a candidate that the caller has not looked at.
   * Locks on the hash and on the account serialize the callers: the second caller of a hash sees what the first has
   * saved, and the runs of one account get consecutive ranks. All of it is one trip to PostgreSQL. With a `place`, a run
   * that no queued one stands before is claimed in the same transaction, at the data version of the moment: whoever
   * finds it afterwards finds it running, and compares with that.
   * @returns null where nothing was saved: look again
   * @throws Failure account_queue_full, queue_full
   */
  async create(
    { request, run }: RequestAndRun,
    priority: Priority,
    seen: ReadonlySet<string>,
    place: JobPlace<ClaimedRunRow> | null,
  ): Promise<Created | null> {
    const { propertyId, hash, accountId } = run;
    const [, [saved], [counted], [claimed] = [], [state] = []] = (await inOneTrip(this.dataSource, [
      {
        sql: `SELECT ${lockSql('run_of_hash', '$1::text')}, ${lockSql('rank', '$2::text')}`,
        values: [`${propertyId}/${hash}`, accountId],
      },
      {
        sql: `WITH run AS (
           INSERT INTO runs (id, property_id, hash, canonical, form, state, created_at, account_id, caller_id, metric, rank)
           SELECT $8, $2, $9, $4::json, ${STORED_FORMS.request}, 'queued', $6::timestamptz, $11, $3, $12, ${newRank('$11', priority)}
           WHERE NOT EXISTS (${unseenOf('$2', '$9', '$10')})
             AND (SELECT ${this.scheduler.hasRoomSql('$11')})
           RETURNING id, rank)
         ${INSERT_REQUEST}, (SELECT rank FROM run)`,
        values: [...requestValues(request), run.id, hash, [...seen], accountId, run.metric],
      },
      {
        sql: `SELECT EXISTS (${unseenOf('$1', '$2', '$3')}) AS is_answered, ${this.scheduler.countedSql('$4')}`,
        values: [propertyId, hash, [...seen], accountId],
      },
      ...(place === null ? [] : this.starting(run, place)),
    ])) as [object[], { rank: number }[], CountedRow[], ((ClaimRow & ClaimedRunRow) | undefined)[]?, LedgerStateRow[]?];
    if (saved === undefined) {
      const { is_answered: isAnswered = true, of_account: ofAccount = 0, in_all: inAll = 0 } = counted ?? {};
      if (!isAnswered) this.scheduler.refuseFull({ ofAccount, inAll });
      return null;
    }
    run.rank = saved.rank;
    if (claimed === undefined || state === undefined) return { claimed: null };
    return { claimed: claimedOf({ ...claimed, begun: ledgerStateOf(state) }) };
  }

  /** Claims the run that was just saved, and writes the data version of the moment to it, unless a batch goes. */
  private starting({ id, propertyId }: RunEntity, { handler }: JobPlace<ClaimedRunRow>): Statement[] {
    const first = `AND NOT EXISTS (SELECT 1 FROM runs AS other WHERE other.state = 'queued' AND other.id <> job.id)`;
    const state = this.ledger.stateStatement(propertyId);
    return [
      this.jobs.claimStatement(handler, { id, generation: null }, first),
      {
        sql: `WITH state AS (${state.sql}), noted AS (
           UPDATE runs SET data_version = state.version FROM state
           WHERE runs.id = $2 AND runs.state = 'running' AND state.deletion_seq <= state.version)
         SELECT * FROM state`,
        values: [...state.values, id],
      },
    ];
  }

  /**
   * Saves a request with its run, if that is still in the state in which it was looked at. The row is locked against
   * `claim` and `detach`, so that a queued run fixes its data version after the request was accepted, and no run is
   * cancelled under a new request.
   * @returns false when the run has moved on: look again
   */
  async join(request: RequestEntity, run: RunEntity): Promise<boolean> {
    const states = run.state === 'queued' ? ['queued'] : ['queued', 'running', 'succeeded'];
    const rows: unknown[] = await this.dataSource.query(
      `WITH run AS (SELECT id FROM runs WHERE id = $8 AND state = ANY($9) FOR UPDATE) ${INSERT_REQUEST}`,
      [...requestValues(request), run.id, states],
    );
    return rows.length > 0;
  }

  /**
   * Removes a request, and its run where that has its end and no other request. The row of the run is locked, so that
   * nobody joins what goes.
   * @returns whether the run is gone
   */
  async remove({ request, run }: Pick<RequestAndRun, 'request' | 'run'>): Promise<boolean> {
    return await this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT 1 FROM runs WHERE id = $1 FOR UPDATE', [run.id]);
      await manager.query('DELETE FROM requests WHERE id = $1', [request.id]);
      const [gone]: [{ id: string }[], number] = await manager.query(
        `DELETE FROM runs WHERE id = $1 AND state NOT IN ('queued', 'running')
           AND NOT EXISTS (SELECT 1 FROM requests WHERE run_id = $1)
         RETURNING id`,
        [run.id],
      );
      // What a process keeps of the answer is not given any more.
      await manager.query(
        `INSERT INTO property_revisions (property_id, revision) VALUES ($1, 1)
         ON CONFLICT (property_id) DO UPDATE SET revision = property_revisions.revision + 1`,
        [request.propertyId],
      );
      return gone.length > 0;
    });
  }

  /**
   * Takes a request off its run; a run without an end that has no request left is cancelled. A finished run's answer
   * stays what it is.
   * @returns whether this has cancelled the run
   */
  async detach({ request, run }: RequestAndRun, now: Date): Promise<boolean> {
    return await this.dataSource.transaction(async (manager) => {
      const [unfinished]: unknown[] = await manager.query(
        `SELECT 1 FROM runs WHERE id = $1 AND state IN ('queued', 'running') FOR UPDATE`,
        [run.id],
      );
      if (unfinished === undefined) return false;
      await manager.query('UPDATE requests SET detached_at = coalesce(detached_at, $2) WHERE id = $1', [
        request.id,
        now,
      ]);
      const cancelled: unknown[] = await manager.query(
        `WITH changed AS (
           UPDATE runs SET state = 'cancelled', finished_at = $2
           WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM requests WHERE run_id = $1 AND detached_at IS NULL)
           RETURNING id, state, attempt)
         SELECT ${notifySql(METRIC_RUNS.name)} FROM changed`,
        [run.id, now],
      );
      return cancelled.length > 0;
    });
  }
}

/** The candidates that are none of a list. */
function unseenOf(propertyId: string, hash: string, seen: string): string {
  return `SELECT 1 FROM (${candidatesOf(propertyId, hash)}) AS found WHERE id <> ALL (${seen}::text[])`;
}

function candidatesOf(propertyId: string, hash: string): string {
  return `
    (SELECT * FROM runs WHERE property_id = ${propertyId} AND hash = ${hash} AND state = 'succeeded' AND gone_at IS NULL
     ORDER BY data_version DESC, finished_at DESC LIMIT 1)
    UNION ALL
    SELECT * FROM runs WHERE property_id = ${propertyId} AND hash = ${hash} AND state IN ('queued', 'running')`;
}

function requestValues(request: RequestEntity): unknown[] {
  const { id, propertyId, apiKeyId, canonical, cohort, createdAt, namedMetric } = request;
  const named = namedMetric && JSON.stringify(namedMetric);
  return [id, propertyId, apiKeyId, JSON.stringify(canonical), JSON.stringify(cohort), createdAt, named];
}
