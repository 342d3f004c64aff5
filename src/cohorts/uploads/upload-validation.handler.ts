import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { SetHash } from '../../core/ids.js';
import { MemberSetHasher } from '../../core/cohort/member-set-hash.js';
import type { RowReason, RowStatus, ValidationMode } from '../../core/upload/upload-row.js';
import {
  NOW,
  type ClaimedJob,
  type ClaimTerms,
  type JobContext,
  type JobHandler,
  type JobResult,
  type JobTarget,
} from '../../jobs/job-kind.js';
import { JobWorker } from '../../jobs/job-worker.js';
import { IngestLedger } from '../../properties/ledger/ingest-ledger.service.js';
import { withDataVersion } from '../../properties/ledger/with-data-version.js';
import type { UploadAttempt } from '../../sql/cohort/compile-upload.js';
import { UploadStore, type VerdictCount } from '../../stores/clickhouse/upload-store.js';
import { UPLOAD_VALIDATIONS, type Validation } from './cohort-upload.entity.js';

/**
 * Rows that are judged together: they and what is known of their users are in the engine's memory at once, 100 MB at
 * the most.
 */
const ROWS_AT_ONCE = 250_000;
/** Members that are read at a time. */
const PAGE = 50_000;

/** What a worker knows of an upload when it begins to validate it. */
interface ClaimedUploadRow {
  readonly property_id: string;
  readonly property_number: number;
  readonly mode: ValidationMode;
  readonly rows: number;
  readonly as_of: Date;
  /** The last one that came to its end. */
  readonly validation: Validation | null;
}

type ClaimedUpload = ClaimedJob<ClaimedUploadRow>;

/** Validates uploads, one at a time: every row gets a verdict, and the accepted users are named as a list. */
@Injectable()
export class UploadValidationHandler implements JobHandler<ClaimedUploadRow>, OnModuleInit {
  readonly kind = UPLOAD_VALIDATIONS;
  readonly concurrency = 1;
  readonly claim: ClaimTerms = {
    returning: ['property_id', 'mode', 'rows', 'as_of', 'validation'],
    set: `rows_checked = 0, data_version = NULL, as_of = ${NOW}`,
  };
  private readonly logger = new Logger(UploadValidationHandler.name);

  constructor(
    private readonly worker: JobWorker,
    private readonly ledger: IngestLedger,
    private readonly store: UploadStore,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async execute(job: ClaimedUpload, context: JobContext): Promise<JobResult> {
    const { property_id: propertyId, validation: last } = job.row;
    const validation = await withDataVersion(this.ledger, propertyId, context, (dataVersion) =>
      this.validate(job, dataVersion, context),
    );
    return {
      columns: { validation: JSON.stringify(validation) },
      whenSaved: async () => {
        if (last !== null) await this.dropOld({ uploadId: job.id, attempt: last.attempt });
      },
    };
  }

  async undo({ id: uploadId, attempt }: JobTarget): Promise<void> {
    await this.store.dropAttempt({ uploadId, attempt });
  }

  /** Nobody reads them; that some stay does no harm. */
  private async dropOld(target: UploadAttempt): Promise<void> {
    await this.store
      .dropAttempt(target)
      .catch((error: Error) => this.logger.warn({ msg: 'verdicts of an attempt stay', ...target, err: error }));
  }

  private async validate(job: ClaimedUpload, dataVersion: number, context: JobContext): Promise<Validation> {
    const { id: uploadId, attempt, row } = job;
    const target = { uploadId, attempt };
    const scope = { propertyNumber: row.property_number, dataVersion, asOfMs: row.as_of.getTime() };
    await this.store.judgeProblems(target, context.query);
    let checked = 0;
    for (let after = ''; ;) {
      const { until, rows } = await this.store.nextRange(uploadId, after, ROWS_AT_ONCE);
      if (rows === 0) break;
      await this.store.judge(target, scope, { after, until }, context.query);
      checked += rows;
      await reportRows(context, checked);
      after = until;
    }
    const counted = await this.store.counts(target);
    refuseMissing(counted, job);
    const { hash: setHash, size: members } = await this.members(target, row.mode, context.query.signal);
    await reportRows(context, row.rows);
    const finishedAt = new Date().toISOString();
    const found = { counts: countsOf(counted), reasons: reasonsOf(counted), members, setHash };
    return { attempt, mode: row.mode, dataVersion, asOf: row.as_of.toISOString(), finishedAt, ...found };
  }

  /** Names the accepted users as a list, which is never in memory as a whole. */
  private async members(
    target: UploadAttempt,
    mode: ValidationMode,
    signal: AbortSignal,
  ): Promise<{ hash: SetHash; size: number }> {
    const hasher = new MemberSetHasher();
    for (let after = ''; ;) {
      signal.throwIfAborted();
      const page = await this.store.acceptedPage(target, mode, after, PAGE);
      hasher.add(page);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return hasher.digest();
      after = last;
    }
  }
}

/** Rows that can be no user are judged at first, without a report of their own. */
async function reportRows({ save, query }: JobContext, rowsChecked: number): Promise<void> {
  query.signal.throwIfAborted();
  await save({ rows_checked: rowsChecked });
}

/** A row that was not judged would be silently left out. */
function refuseMissing(counted: readonly VerdictCount[], { id, row: { rows } }: ClaimedUpload): void {
  const judged = counted.reduce((sum, count) => sum + count.rows, 0);
  if (judged !== rows) throw new Error(`Of ${rows} rows of ${id} ${judged} were judged`);
}

function countsOf(counted: readonly VerdictCount[]): Record<RowStatus, number> {
  const counts: Record<RowStatus, number> = { valid: 0, unknown: 0, duplicate: 0, invalid: 0, blank: 0 };
  for (const { status, rows } of counted) counts[status] += rows;
  return counts;
}

function reasonsOf(counted: readonly VerdictCount[]): Partial<Record<RowReason, number>> {
  const reasons = counted.flatMap(({ reason, rows }): [RowReason, number][] => (reason === '' ? [] : [[reason, rows]]));
  return Object.fromEntries(reasons);
}
