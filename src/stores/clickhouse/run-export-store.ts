import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { RunTarget } from '../../core/request/run-plan.js';
import { compileGivenTable, type TableField } from '../../sql/export/compile-given-table.js';
import { compileListCsv, compileListJson, compileListTable, type ExportedList } from '../../sql/export/compile-list.js';
import { compileUserCount } from '../../sql/export/compile-user-count.js';
import { compileUserCsv, compileUserJson } from '../../sql/export/compile-user-lines.js';
import { compileUserTable } from '../../sql/export/compile-user-table.js';
import type { CsvStyle } from '../../sql/export/csv-sql.js';
import type { ExportedRun } from '../../sql/export/user-columns.js';
import { ParamList } from '../../sql/param-list.js';
import { Engine, type StreamFormat } from './engine.js';

/** Formats with types, which the engine writes. */
export type TypedFormat = 'parquet' | 'arrow';

const STREAMS: Readonly<Record<TypedFormat, StreamFormat>> = { parquet: 'Parquet', arrow: 'ArrowStream' };

/**
 * Whole results in the form in which they leave, written by the engine: nothing passes through objects, and memory does not grow with the users. `signal` stops the
 * query, also before the first byte. Throws what `Engine` throws.
 */
@Injectable()
export class RunExportStore {
  constructor(private readonly engine: Engine) {}

  /** How many users a measured attempt has values of. */
  async userCount(target: RunTarget): Promise<number> {
    const { rows } = await this.engine.rows<{ readonly n: number }>(compileUserCount(target));
    return rows[0]?.n ?? 0;
  }

  /** The lines below the header. */
  userCsv(run: ExportedRun, style: CsvStyle, signal: AbortSignal): Promise<Readable> {
    return this.engine.stream(compileUserCsv(run, style), 'RawBLOB', { signal });
  }

  userJsonLines(run: ExportedRun, signal: AbortSignal): Promise<Readable> {
    return this.engine.stream(compileUserJson(run), 'RawBLOB', { signal });
  }

  userTable(run: ExportedRun, format: TypedFormat, signal: AbortSignal): Promise<Readable> {
    return this.engine.stream(compileUserTable(run), STREAMS[format], { signal });
  }

  /** The lines below the header. */
  listCsv(list: ExportedList, style: CsvStyle, signal: AbortSignal): Promise<Readable> {
    return this.engine.stream(compileListCsv(list, style, new ParamList()), 'RawBLOB', { signal });
  }

  listJson(list: ExportedList, signal: AbortSignal): Promise<Readable> {
    return this.engine.stream(compileListJson(list, new ParamList()), 'RawBLOB', { signal });
  }

  listTable(list: ExportedList, format: TypedFormat, signal: AbortSignal): Promise<Readable> {
    return this.engine.stream(compileListTable(list, new ParamList()), STREAMS[format], { signal });
  }

  /** A table of ours; `lines` hold the cells of a row each, as a JSON list. */
  givenTable(
    fields: readonly TableField[],
    lines: string,
    format: TypedFormat,
    signal: AbortSignal,
  ): Promise<Readable> {
    return this.engine.stream(compileGivenTable(fields, lines), STREAMS[format], { signal });
  }
}
