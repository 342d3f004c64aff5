import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { RunExportStore } from '../stores/clickhouse/run-export-store.js';
import type { ExportOptions } from './export-options.js';
import type { AnswerTable } from './tables/answer-table.js';
import { tableCsv } from './tables/table-csv.js';
import { unlessAborted } from './unless-aborted.js';

/** Tells tables of aggregates, as their items come. */
@Injectable()
export class AnswerTablesService {
  constructor(private readonly exports: RunExportStore) {}

  async stream(table: AnswerTable, { format, csv, signal }: ExportOptions): Promise<Readable> {
    switch (format) {
      case 'ndjson':
        return Readable.from(jsonLines(table));
      case 'csv':
        return Readable.from(tableCsv(table, csv));
      case 'parquet':
      case 'arrow': {
        const lines: string[] = [];
        for await (const items of table.items) lines.push(...items.map((item) => JSON.stringify(table.row(item))));
        return await unlessAborted(signal, this.exports.givenTable(table.fields, lines.join('\n'), format, signal));
      }
    }
  }

  /** All items as the JSON of `{data}`. */
  json(table: AnswerTable): Readable {
    return Readable.from(jsonList(table), { highWaterMark: 1 });
  }
}

async function* jsonLines({ items }: AnswerTable): AsyncGenerator<string> {
  for await (const some of items) yield some.map((item) => `${JSON.stringify(item)}\n`).join('');
}

async function* jsonList({ items }: AnswerTable): AsyncGenerator<string> {
  yield '{"data":[';
  let isFirst = true;
  for await (const some of items) {
    yield `${isFirst ? '' : ','}${some.map((item) => JSON.stringify(item)).join(',')}`;
    isFirst = false;
  }
  yield ']}';
}
