import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { RunTarget } from '../../core/request/run-plan.js';
import {
  compileGivenTable,
  compileListCsv,
  compileListJson,
  compileListTable,
  type ExportedList,
  type TableField,
} from '../../sql/export/compile-list.js';
import {
  compileUserCount,
  compileUserCsv,
  compileUserJson,
  compileUserTable,
} from '../../sql/export/compile-user-export.js';
import type { CsvStyle } from '../../sql/export/csv-sql.js';
import type { ExportedRun } from '../../sql/export/user-columns.js';
import { ParamList, type CompiledQuery } from '../../sql/compiled-query.js';
import { Engine, type StreamFormat } from './engine.js';

/** Forms of a whole result: lines of JSON, CSV, or a table with types. */
export type ExportFormat = 'ndjson' | 'csv' | 'parquet' | 'arrow';

/** How a whole result is written. */
export interface ExportOptions {
  readonly format: ExportFormat;
  readonly csv: CsvStyle;
  /** Aborts when nobody reads any more: this stops the query, also before its first byte. */
  readonly signal: AbortSignal;
}

/** ClickHouse: lines of text are written as one column of raw bytes. */
const STREAM_FORMATS: Readonly<Record<ExportFormat, StreamFormat>> = {
  ndjson: 'RawBLOB',
  csv: 'RawBLOB',
  parquet: 'Parquet',
  arrow: 'ArrowStream',
};

/**
 * Whole results as the engine writes them: no row becomes an object here, and memory does not grow with the number of
 * users. CSV comes without its header. A stream whose signal aborts before its first byte is empty. Throws what
 * `Engine` throws.
 */
@Injectable()
export class ExportStore {
  constructor(private readonly engine: Engine) {}

  /** How many users a measured attempt has values of. */
  async userCount(target: RunTarget): Promise<number> {
    const { rows } = await this.engine.rows<{ readonly n: number }>(compileUserCount(target));
    return rows[0]?.n ?? 0;
  }

  /** The values of all users of a run, by user id. */
  users(run: ExportedRun, options: ExportOptions): Promise<Readable> {
    switch (options.format) {
      case 'ndjson':
        return this.stream(compileUserJson(run), options);
      case 'csv':
        return this.stream(compileUserCsv(run, options.csv), options);
      case 'parquet':
      case 'arrow':
        return this.stream(compileUserTable(run), options);
    }
  }

  list(list: ExportedList, options: ExportOptions): Promise<Readable> {
    switch (options.format) {
      case 'ndjson':
        return this.stream(compileListJson(list, new ParamList()), options);
      case 'csv':
        return this.stream(compileListCsv(list, options.csv, new ParamList()), options);
      case 'parquet':
      case 'arrow':
        return this.stream(compileListTable(list, new ParamList()), options);
    }
  }

  /**
   * A table of values that are known here, in a format with types; `lines` hold the cells of a row each, as a JSON
   * list.
   */
  table(
    fields: readonly TableField[],
    lines: string,
    options: Pick<ExportOptions, 'signal'> & { readonly format: 'parquet' | 'arrow' },
  ): Promise<Readable> {
    return this.stream(compileGivenTable(fields, lines), options);
  }

  private async stream(
    query: CompiledQuery,
    { format, signal }: Pick<ExportOptions, 'format' | 'signal'>,
  ): Promise<Readable> {
    try {
      return await this.engine.stream(query, STREAM_FORMATS[format], { signal });
    } catch (error) {
      if (signal.aborted) return Readable.from([]);
      throw error;
    }
  }
}
