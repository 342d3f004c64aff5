import { Injectable } from '@nestjs/common';
import type { SetHash } from '../../core/ids.js';
import type { RowReason, RowStatus, ValidationMode } from '../../core/upload/upload-row.js';
import {
  compileAcceptedList,
  compileAcceptedPage,
  compileKnown,
  compileNextRange,
  compileProblemVerdicts,
  compileRowsPage,
  compileUploadInsert,
  compileUploadOfList,
  compileVerdictCounts,
  compileVerdicts,
  type KnownScope,
  type RangeRow,
  type RowsFilter,
  type UploadAttempt,
  type UploadRowRow,
  type UserRange,
} from '../../sql/cohort/compile-upload.js';
import type { CompiledQuery } from '../../sql/compiled-query.js';
import { Engine, type EngineOptions } from './engine.js';
import { TAKING_IN } from './ingest-marker.js';
import type { UploadBatch } from './upload-batch.js';

export interface VerdictCount {
  readonly status: RowStatus;
  readonly reason: RowReason | '';
  readonly rows: number;
}

/** A shutdown waits for this: an engine that hangs must not hold it up. */
const DROP_DEADLINE_MS = 5_000;

/** Uploaded rows and what validations have found of them, in the engine. Throws what `Engine` throws. */
@Injectable()
export class UploadStore {
  constructor(private readonly engine: Engine) {}

  async insert(uploadId: string, batch: UploadBatch): Promise<void> {
    await this.engine.insertLines(compileUploadInsert(uploadId), batch.bytes(), { ...TAKING_IN, marker: uploadId });
  }

  /** Stores the members of a list as rows. */
  async insertList(uploadId: string, propertyNumber: number, setHash: SetHash): Promise<void> {
    await this.engine.execute(compileUploadOfList(uploadId, propertyNumber, setHash), {
      ...TAKING_IN,
      marker: uploadId,
    });
  }

  /** The next users behind `after` that have about `rows` rows together; none: `until` is empty. */
  async nextRange(uploadId: string, after: string, rows: number): Promise<RangeRow> {
    const answer = await this.engine.rows<RangeRow>(compileNextRange(uploadId, after, rows));
    return answer.rows[0] ?? { until: '', rows: 0 };
  }

  /** Judges the rows that name nobody. */
  async judgeProblems(target: UploadAttempt, options: EngineOptions): Promise<void> {
    await this.engine.execute(compileProblemVerdicts(target), options);
  }

  /** Judges the rows of a range of users. */
  async judge(target: UploadAttempt, scope: KnownScope, range: UserRange, options: EngineOptions): Promise<void> {
    await this.engine.execute(compileKnown(target, scope, range), options);
    await this.engine.execute(compileVerdicts(target, range), options);
  }

  async counts(target: UploadAttempt): Promise<VerdictCount[]> {
    const { rows } = await this.engine.rows<VerdictCount>(compileVerdictCounts(target));
    return rows;
  }

  /** At most `limit` users whom a validation accepts behind `after`, by the bytes of their ids. */
  async acceptedPage(target: UploadAttempt, mode: ValidationMode, after: string, limit: number): Promise<string[]> {
    const query = compileAcceptedPage(target, mode, after, limit);
    const { rows } = await this.engine.rows<{ user_id: string }>(query);
    return rows.map(({ user_id }) => user_id);
  }

  /** Stores the users whom a validation accepts as a member list; resolves when it is durable. */
  async saveAccepted(target: UploadAttempt, mode: ValidationMode, property: number, setHash: SetHash): Promise<void> {
    await this.engine.execute(compileAcceptedList(target, mode, property, setHash), TAKING_IN);
  }

  async rowsPage(requested: RowsFilter, after: number, limit: number): Promise<UploadRowRow[]> {
    const { rows } = await this.engine.rows<UploadRowRow>(compileRowsPage(requested, after, limit));
    return rows;
  }

  /** Removes what one validation has found. */
  async dropAttempt({ uploadId, attempt }: UploadAttempt): Promise<void> {
    const params = { upload: uploadId, attempt };
    for (const table of ['upload_known', 'upload_verdicts']) {
      await this.#drop({ sql: `ALTER TABLE ${table} DROP PARTITION ({upload:String}, {attempt:UInt32})`, params });
    }
  }

  /** Removes an upload and what its validations, the last of which was `lastAttempt`, have found. */
  async drop(uploadId: string, lastAttempt: number): Promise<void> {
    await this.#drop({ sql: 'ALTER TABLE upload_rows DROP PARTITION {upload:String}', params: { upload: uploadId } });
    for (let attempt = 1; attempt <= lastAttempt; attempt += 1) await this.dropAttempt({ uploadId, attempt });
  }

  async #drop(query: CompiledQuery): Promise<void> {
    await this.engine.execute(query, { signal: AbortSignal.timeout(DROP_DEADLINE_MS) });
  }
}
