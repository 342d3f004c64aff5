import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { ValidationMode } from '../../core/upload/upload-row.js';
import { Config } from '../../platform/config/config.js';
import { IngestLedger } from '../../properties/ledger/ingest-ledger.service.js';
import { uploadJob, type UploadJob } from '../../stores/queue/upload-job.js';
import type { UploadAttempt } from '../../sql/cohort/compile-upload.js';
import { CohortUploadEntity, type UploadError, type Validation } from './cohort-upload.entity.js';

/** Starts of a validation that count; those handed back at a shutdown, or as the engine was away, do not. */
export const MAX_STARTS = 3;

/** A validation that this process has just started: what it needs to know, and the token (attempt) it writes with. */
export interface ClaimedUpload {
  readonly target: UploadAttempt;
  readonly propertyId: string;
  readonly propertyNumber: number;
  readonly mode: ValidationMode;
  readonly rows: number;
  readonly dataVersion: number;
  readonly asOf: Date;
  /** This one included. */
  readonly starts: number;
  /** Of the last validation that came to its end. */
  readonly lastAttempt: number | null;
}

interface ClaimRow {
  readonly property_id: string;
  readonly number: number;
  readonly mode: ValidationMode;
  readonly rows: number;
  readonly attempt: number;
  readonly starts: number;
  readonly validation: Validation | null;
}

const GIVEN_UP = 'The validation was started several times and never came to its end. Ask for it again.';

/** What a worker writes to an upload's row. Every write but the claim carries the attempt and is refused (false) when the upload is no longer that attempt's. */
@Injectable()
export class FencedUploadStore {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: IngestLedger,
    private readonly config: Config,
  ) {}

  /** Starts the validation of an upload, anew where another worker had it. Null: there is none to be done. */
  async claim({ uploadId, asked: requested }: UploadJob, now: Date): Promise<ClaimedUpload | null> {
    const [[row]]: [ClaimRow[], number] = await this.database.query(
      `UPDATE cohort_uploads SET state = 'validating', attempt = attempt + 1, starts = starts + 1, rows_checked = 0,
         data_version = NULL, as_of = $2
       FROM properties
       WHERE cohort_uploads.id = $1 AND properties.id = property_id AND state IN ('queued', 'validating')
         AND asked = $3 AND starts < ${MAX_STARTS}
       RETURNING property_id, number, mode, rows, attempt, starts, validation`,
      [uploadId, now, requested],
    );
    if (row === undefined) return null;
    const target = { uploadId, attempt: row.attempt };
    const dataVersion = await this.ledger.steadyVersion(row.property_id);
    if (!(await this.write(target, { dataVersion }))) return null;
    const { property_id: propertyId, number: propertyNumber, mode, rows, starts, validation } = row;
    const lastAttempt = validation?.attempt ?? null;
    return { target, propertyId, propertyNumber, mode, rows, dataVersion, asOf: now, starts, lastAttempt };
  }

  /** Whether all that the validation could read was there until now: else a batch was taken back under its hands. */
  async isWhole({ propertyId, dataVersion }: ClaimedUpload): Promise<boolean> {
    return await this.ledger.isWhole(propertyId, dataVersion);
  }

  async report(target: UploadAttempt, rowsChecked: number): Promise<boolean> {
    return await this.write(target, { rowsChecked });
  }

  async succeed(target: UploadAttempt, validation: Validation): Promise<boolean> {
    return await this.write(target, { state: 'validated', validation, error: null });
  }

  async fail(target: UploadAttempt, error: UploadError): Promise<boolean> {
    return await this.write(target, { state: 'failed', error });
  }

  /** Back to the queue after a failure that may pass. */
  async retryLater(target: UploadAttempt, error: UploadError): Promise<boolean> {
    return await this.write(target, { state: 'queued', error });
  }

  /** Back to the queue because this process ends; the start does not count. */
  async handBack(target: UploadAttempt): Promise<boolean> {
    return await this.write(target, { state: 'queued', starts: () => 'starts - 1' });
  }

  /** Back to the queue because the engine is away; the start does not count. Refused also where it has waited for the engine as long as it may. */
  async waitForEngine({ uploadId, attempt }: UploadAttempt, error: UploadError): Promise<boolean> {
    const [, affected]: [unknown[], number] = await this.database.query(
      `UPDATE cohort_uploads SET state = 'queued', error = $3, starts = starts - 1, engine_lost_at = coalesce(engine_lost_at, now())
       WHERE id = $1 AND attempt = $2 AND state = 'validating' AND coalesce(engine_lost_at > now() - $4 * interval '1 millisecond', true)`,
      [uploadId, attempt, JSON.stringify(error), this.config.engineWaitMs],
    );
    return affected > 0;
  }

  /** Ends a validation that may not be started again. */
  async giveUp(uploadId: string): Promise<void> {
    await this.database.query(
      `UPDATE cohort_uploads SET state = 'failed',
         error = coalesce(error, json_build_object('code', 'attempts_exhausted', 'detail', $2::text, 'retryable', true))
       WHERE id = $1 AND state IN ('queued', 'validating') AND starts >= ${MAX_STARTS}`,
      [uploadId, GIVEN_UP],
    );
  }

  /** Whether the last validation is this one. */
  async hasSucceeded({ uploadId, attempt }: UploadAttempt): Promise<boolean> {
    const upload = await this.database.manager.findOneBy(CohortUploadEntity, { id: uploadId });
    return upload?.validation?.attempt === attempt;
  }

  /** Uploads that should have a job in the queue. */
  async unfinished(manager: EntityManager): Promise<UploadJob[]> {
    const rows: { id: string; asked: number }[] = await manager.query(
      `SELECT id, asked FROM cohort_uploads WHERE state IN ('queued', 'validating') ORDER BY id LIMIT 200`,
    );
    return rows.map(({ id, asked: requested }) => uploadJob(id, requested));
  }

  private async write(
    { uploadId, attempt }: UploadAttempt,
    changes: Parameters<EntityManager['update']>[2],
  ): Promise<boolean> {
    const mine = { id: uploadId, attempt, state: 'validating' as const };
    const { affected } = await this.database.manager.update(CohortUploadEntity, mine, changes);
    return (affected ?? 0) > 0;
  }
}
