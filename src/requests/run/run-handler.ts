import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Failure } from '../../core/failure.js';
import type { CanonicalRequest } from '../../core/request/canonical-request.js';
import { isOfOldSemantics, readRequest, renewRequest, type RenewedRequest } from '../../core/stored/read-request.js';
import { STORED_FORMS } from '../../core/stored/stored-form.js';
import {
  NOW,
  type ClaimedJob,
  type ClaimTerms,
  type GivenUpJob,
  type JobContext,
  type JobFailure,
  type JobHandler,
  type JobResult,
  type JobTarget,
} from '../../jobs/job-kind.js';
import { JobWorker } from '../../jobs/job-worker.js';
import { Config } from '../../platform/config/config.js';
import { retryWhileDatabaseAway } from '../../platform/process/retry-while-away.js';
import { IngestLedger } from '../../properties/ledger/ingest-ledger.service.js';
import type { LedgerState } from '../../properties/ledger/ledger-store.js';
import { RunValuesStore } from '../../stores/clickhouse/run-values-store.js';
import { AnswerChunks } from './answer-chunks.js';
import { RunMeasurement } from './run-measurement.js';
import { RunMeter, type MeterReading } from './run-meter.js';
import { RunLog, type EndedRun } from './run-metrics.js';
import { RunScheduler } from './run-scheduler.js';
import { METRIC_RUNS } from './run.entity.js';

/** What a worker knows of a run when it begins. */
export interface ClaimedRunRow {
  readonly property_id: string;
  readonly property_number: number;
  readonly account_id: string;
  readonly caller_id: string | null;
  readonly hash: string;
  readonly metric: string;
  readonly canonical: unknown;
  readonly form: number;
  readonly as_of: Date;
  /** Where the property stood when the run began; only of one that began where it was requested: it is written down. */
  readonly begun?: LedgerState;
}

type ClaimedRun = ClaimedJob<ClaimedRunRow>;

/** Works on metric runs: plan, rows in the engine, aggregates, result. */
@Injectable()
export class RunHandler implements JobHandler<ClaimedRunRow>, OnModuleInit {
  readonly kind = METRIC_RUNS;
  readonly concurrency: number;
  readonly claim: ClaimTerms;
  private readonly readings = new WeakMap<ClaimedRun, MeterReading>();

  constructor(
    private readonly worker: JobWorker,
    private readonly dataSource: DataSource,
    private readonly ledger: IngestLedger,
    private readonly values: RunValuesStore,
    private readonly chunks: AnswerChunks,
    private readonly measurement: RunMeasurement,
    private readonly meter: RunMeter,
    private readonly log: RunLog,
    private readonly scheduler: RunScheduler,
    config: Config,
  ) {
    this.concurrency = config.jobConcurrency;
    this.claim = {
      returning: ['property_id', 'account_id', 'caller_id', 'hash', 'metric', 'canonical', 'form', 'as_of'],
      set: `data_version = NULL, rows_read = NULL, rows_to_read = NULL, as_of = coalesce((canonical ->> 'as_of')::timestamptz, ${NOW})`,
      limits: scheduler.limits,
    };
  }

  onModuleInit(): void {
    this.worker.register(this);
  }

  /**
   * The data version is read after the run has begun: whoever joined it while it was queued has done so before, and
   * sees all data that was acknowledged to it; whoever comes after finds it running, and compares with the data version
   * as soon as that stands there.
   * @throws what `Engine` throws; Failure limit_exceeded for an answer that is larger than it may be,
   * stored_form_unreadable
   */
  async execute(job: ClaimedRun, context: JobContext): Promise<JobResult> {
    const { id: runId, attempt, row } = job;
    const target = { runId, attempt };
    const readMeter = this.meter.start(context);
    try {
      const dataVersion = await this.dataVersion(row, context);
      const meant = meantBy(row);
      if (meant.renewed !== null) await this.renew(runId, meant.renewed);
      if (meant.canonical instanceof Failure) throw meant.canonical;
      const { property_id: propertyId, property_number: propertyNumber, begun } = row;
      const data = { propertyId, propertyNumber, dataVersion, asOfMs: row.as_of.getTime(), begun };
      const measured = { ...data, canonical: meant.canonical, queueMs: queueMsOf(job) };
      const shaped = await this.measurement.measure(measured, target, context.query);
      const { stored, validUntilMs, bytesRead, rows } = shaped;
      await retryWhileDatabaseAway(() => this.chunks.save(target, stored.chunks));
      const { engine_ms: engineMs, rows_read: rowsRead } = stored.result.timings;
      const { memoryBytes } = readMeter();
      return {
        columns: {
          result: JSON.stringify(stored.result),
          result_bytes: stored.bytes,
          result_chunks: stored.parts && JSON.stringify(stored.parts),
          valid_until: validUntilMs === null ? null : new Date(validUntilMs),
          rows_stored: rows === 'stored',
        },
        // A batch that was taken back meanwhile may have been seen half: then it is measured anew.
        condition: this.ledger.wholeCondition(propertyId, dataVersion),
        whenSaved: () => this.log.ended({ ...took(job, 'succeeded'), engineMs, rowsRead, bytesRead, memoryBytes }),
      };
    } finally {
      this.readings.set(job, readMeter());
    }
  }

  private async dataVersion({ property_id: propertyId, begun }: ClaimedRunRow, context: JobContext): Promise<number> {
    const steady = begun && (await this.ledger.steadyAt(propertyId, begun));
    if (steady !== undefined && steady !== null) return steady;
    const dataVersion = await this.ledger.steadyVersion(propertyId);
    await context.save({ data_version: dataVersion });
    return dataVersion;
  }

  /**
   * What has waited over an upgrade is another request from now on; whoever requested it is told so, by hash and
   * semantics.
   */
  private async renew(runId: string, { canonical, hash }: RenewedRequest): Promise<void> {
    const text = JSON.stringify(canonical);
    await this.dataSource.query(
      `WITH run AS (UPDATE runs SET canonical = $2, form = $3, hash = $4 WHERE id = $1)
       UPDATE requests SET canonical = $2, form = $3 WHERE run_id = $1`,
      [runId, text, STORED_FORMS.request, hash],
    );
  }

  async undo({ id: runId, attempt }: JobTarget): Promise<void> {
    const target = { runId, attempt };
    await Promise.all([this.values.deleteAttempt(target), this.chunks.drop(target)]);
  }

  failed(job: ClaimedRun, { state, code, cause }: JobFailure): void {
    this.log.ended({ ...took(job, state), ...this.readings.get(job), code }, cause);
  }

  givenUp({ id: runId, attempt, row: { hash, metric } }: GivenUpJob<ClaimedRunRow>): void {
    const code = 'attempts_exhausted';
    this.log.ended({ runId, hash, metric, attempt, state: 'failed', queueMs: null, runMs: null, code });
  }

  async released(row: ClaimedRunRow): Promise<void> {
    await this.scheduler.enqueueNext(row);
  }
}

interface Meant {
  /** What is measured; or why what was requested cannot be: the run has that end. */
  readonly canonical: CanonicalRequest | Failure;
  readonly renewed: RenewedRequest | null;
}

function meantBy({ canonical, form }: ClaimedRunRow): Meant {
  try {
    const read = readRequest(canonical, form);
    const isToday = form === STORED_FORMS.request && !isOfOldSemantics(read);
    const renewed = isToday ? null : renewRequest(read);
    return { canonical: renewed?.canonical ?? read, renewed };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { canonical: error, renewed: null };
  }
}

/** What an attempt that ends now has taken. */
function took(job: ClaimedRun, state: EndedRun['state']): EndedRun {
  const { id: runId, attempt, startedAt, row } = job;
  const { metric } = row;
  const hash = meantBy(row).renewed?.hash ?? row.hash;
  const runMs = Math.max(0, Date.now() - startedAt.getTime());
  return { runId, hash, metric, state, attempt, queueMs: queueMsOf(job), runMs };
}

/** The one is told by the clock of the process that took the request, the other by the database's. */
function queueMsOf({ queuedAt, startedAt }: ClaimedRun): number {
  return Math.max(0, startedAt.getTime() - queuedAt.getTime());
}
