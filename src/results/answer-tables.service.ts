import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { RunExportStore } from '../stores/clickhouse/run-export-store.js';
import type { ExportOptions } from './export-options.js';
import type { AnswerTable } from './tables/answer-table.js';
import { tableCsv } from './tables/table-csv.js';
import { whileRead } from './while-read.js';

/** Tells tables of aggregates. They are in the answer, and so in memory: only what the engine writes passes through it. */
@Injectable()
export class AnswerTablesService {
  constructor(private readonly exports: RunExportStore) {}

  async stream(table: AnswerTable, { format, escapesFormulas, signal }: ExportOptions): Promise<Readable> {
    switch (format) {
      case 'ndjson':
        return Readable.from(jsonLines(table));
      case 'csv':
        return Readable.from(tableCsv(table, escapesFormulas));
      case 'parquet':
      case 'arrow': {
        const lines = table.items.map((item) => JSON.stringify(table.row(item)));
        return await whileRead(signal, this.exports.givenTable(table.fields, lines.join('\n'), format, signal));
      }
    }
  }
}

function* jsonLines({ items }: AnswerTable): Generator<string> {
  for (const item of items) yield `${JSON.stringify(item)}\n`;
}
