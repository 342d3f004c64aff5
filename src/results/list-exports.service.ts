import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { ExportedList } from '../sql/export/compile-list.js';
import { RunExportStore } from '../stores/clickhouse/run-export-store.js';
import { withHeader } from './with-header.js';
import { csvHeader } from './csv.js';
import type { ExportOptions } from './export-options.js';
import { unlessAborted } from './unless-aborted.js';

/** Tells lists of users or of rows whole, in the form in which the engine writes them. */
@Injectable()
export class ListExports {
  constructor(private readonly exports: RunExportStore) {}

  async stream(list: ExportedList, { format, csv, signal }: ExportOptions): Promise<Readable> {
    switch (format) {
      case 'ndjson':
        return await unlessAborted(signal, this.exports.listJson(list, signal));
      case 'csv': {
        const lines = await unlessAborted(signal, this.exports.listCsv(list, csv, signal));
        return withHeader(
          csvHeader(
            list.columns.map(({ name }) => name),
            csv,
          ),
          lines,
        );
      }
      case 'parquet':
      case 'arrow':
        return await unlessAborted(signal, this.exports.listTable(list, format, signal));
    }
  }
}
