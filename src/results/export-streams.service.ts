import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { ExportedList } from '../sql/export/compile-list.js';
import type { ExportedRun } from '../sql/export/user-columns.js';
import { ExportStore, type ExportOptions } from '../stores/clickhouse/export-store.js';
import type { AnswerTable } from './answer-table.js';
import { csvHeader, tableCsv, withHeader } from './csv.js';

/** Writes whole results as streams, in every format of an export. */
@Injectable()
export class ExportStreams {
  constructor(private readonly store: ExportStore) {}

  /**
   * The values of all users of a run. CSV has `user`, with a series `from`, `to`, `label` and `age`, the columns, then
   * for each column `<column>.reason`.
   */
  async users(run: ExportedRun, options: ExportOptions): Promise<Readable> {
    const lines = await this.store.users(run, options);
    if (options.format !== 'csv') return lines;
    const columns = run.columns.map(({ name }) => name);
    const point = run.series ? ['from', 'to', 'label', 'age'] : [];
    const names = ['user', ...point, ...columns, ...columns.map((name) => `${name}.reason`)];
    return withHeader(csvHeader(names, options.csv), lines);
  }

  /** A list of users or of uploaded rows. */
  async list(list: ExportedList, options: ExportOptions): Promise<Readable> {
    const lines = await this.store.list(list, options);
    if (options.format !== 'csv') return lines;
    const names = list.columns.map(({ name }) => name);
    return withHeader(csvHeader(names, options.csv), lines);
  }

  /** A table of aggregates, written as its items are read; a format with types is written by the engine. */
  async table<Item>(table: AnswerTable<Item>, { format, csv, signal }: ExportOptions): Promise<Readable> {
    switch (format) {
      case 'ndjson':
        return Readable.from(jsonLines(table));
      case 'csv':
        return Readable.from(tableCsv(table, csv));
      case 'parquet':
      case 'arrow': {
        const lines: string[] = [];
        for await (const items of table.items) lines.push(...items.map((item) => JSON.stringify(table.row(item))));
        return await this.store.table(table.fields, lines.join('\n'), { format, signal });
      }
    }
  }

  /** All items of a table as the JSON of `{data}`. */
  tableJson(table: AnswerTable): Readable {
    return Readable.from(jsonList(table), { highWaterMark: 1 });
  }
}

async function* jsonLines<Item>({ items }: AnswerTable<Item>): AsyncGenerator<string> {
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
