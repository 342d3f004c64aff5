import { Injectable } from '@nestjs/common';
import { Failure, invalidParameter } from '../../core/failure.js';
import { ROW_STATUSES, type RowStatus } from '../../core/upload/upload-row.js';
import { decodeCursor, pageOf, type Page } from '../../platform/http/page.js';
import type { PropertyEntity } from '../../properties/property.entity.js';
import { DEFAULT_LIMIT } from '../../results/export-query.dto.js';
import { uploadRowList, type RowsFilter, type UploadRowRow } from '../../sql/cohort/compile-upload.js';
import type { ExportedList } from '../../sql/export/compile-list.js';
import { UploadStore } from '../../stores/clickhouse/upload-store.js';
import type { UploadRowDto } from './upload.dto.js';
import type { UploadRowsQuery } from './upload-queries.dto.js';
import { UploadsService } from './uploads.service.js';

/** What the last validation that came to its end has found of each row. */
@Injectable()
export class UploadRowsService {
  constructor(
    private readonly uploads: UploadsService,
    private readonly store: UploadStore,
  ) {}

  /**
   * In the order of the rows. The cursor names the validation, so that pages of two never mix. @throws Failure
   * not_found, not_validated, result_gone, invalid_parameter
   */
  async page(property: PropertyEntity, id: string, query: UploadRowsQuery): Promise<Page<UploadRowDto>> {
    const requested = await this.rowsFilter(property, id, query);
    const attempt = String(requested.target.attempt);
    const [begunWith = attempt, after = '0'] = decodeCursor(query.cursor, 2) ?? [];
    if (begunWith !== attempt || !/^\d{1,9}$/.test(after)) throw otherValidation();
    const limit = query.limit ?? DEFAULT_LIMIT;
    const rows = await this.store.rowsPage(requested, Number(after), limit + 1);
    return pageOf(rows, limit, ({ row }) => [attempt, String(row)]).map(toRowDto);
  }

  /** All of them. @throws Failure not_found, not_validated, invalid_parameter */
  async all(property: PropertyEntity, id: string, query: UploadRowsQuery): Promise<ExportedList> {
    return uploadRowList(await this.rowsFilter(property, id, query));
  }

  private async rowsFilter(property: PropertyEntity, id: string, { status }: UploadRowsQuery): Promise<RowsFilter> {
    const statuses = statusesOf(status);
    const { validation } = await this.uploads.get(property, id);
    if (validation === null) {
      throw new Failure('not_validated', 'No validation of the upload has come to its end yet: GET it with ?wait=60.');
    }
    return { target: { uploadId: id, attempt: validation.attempt }, statuses };
  }
}

function statusesOf(text: string | undefined): RowStatus[] {
  if (text === undefined) return [];
  return text.split(',').map((name) => {
    const status = ROW_STATUSES.find((known) => known === name);
    if (status) return status;
    throw invalidParameter('status', `status is one or more of ${ROW_STATUSES.join(', ')}, with commas between them.`);
  });
}

function toRowDto({ row, text, status, reason, first_row }: UploadRowRow): UploadRowDto {
  return { row, text, status, reason: reason === '' ? null : reason, first_row: first_row === 0 ? null : first_row };
}

function otherValidation(): Failure {
  const detail = 'The cursor belongs to another validation of the upload: begin again without it.';
  return new Failure('result_gone', detail);
}
