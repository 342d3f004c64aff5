import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Column } from '../core/metric/metric.js';
import type { RunTarget } from '../core/request/run-plan.js';
import { pageOf, type Page } from '../platform/http/page.js';
import { RunValuesStore } from '../stores/clickhouse/run-values-store.js';
import { csvHeader, csvRow } from './csv.js';
import type { Format } from './format.js';
import { userRow, type StoredRow, type UserRow } from './user-row.js';

/** Users read from the engine at once while all are streamed: about half a megabyte of text. */
const PAGE = 5000;

/** The per-user values of a run, and what they stand for. */
export interface StoredValues {
  readonly target: RunTarget;
  readonly columns: readonly Column[];
}

/** Reads per-user values, in the order of the users' ids (byte by byte). */
@Injectable()
export class UserValuesService {
  constructor(private readonly store: RunValuesStore) {}

  /** `after`: the last user of the page before. */
  async page({ target, columns }: StoredValues, after: string | null, limit: number): Promise<Page<UserRow>> {
    const rows = await this.store.page(target, after, limit + 1);
    return pageOf(rows, limit, ({ user }) => [user]).map((row) => userRow(columns, row));
  }

  /** All users as text. The first page is read before it resolves, so that an engine that is away is an error and not half an answer. */
  async stream(values: StoredValues, format: Exclude<Format, 'json'>): Promise<Readable> {
    const first = await this.store.page(values.target, null, PAGE);
    return Readable.from(this.lines(values, format, first), { objectMode: false });
  }

  /** Pulled by the reader: a slow one holds no more than a page. */
  private async *lines(
    { target, columns }: StoredValues,
    format: Exclude<Format, 'json'>,
    first: readonly StoredRow[],
  ): AsyncGenerator<string> {
    if (format === 'csv') yield csvHeader(columns);
    let rows = first;
    while (rows.length > 0) {
      yield rows.map((row) => line(format, columns, userRow(columns, row))).join('');
      if (rows.length < PAGE) return;
      rows = await this.store.page(target, rows.at(-1)?.user ?? null, PAGE);
    }
  }
}

function line(format: Exclude<Format, 'json'>, columns: readonly Column[], row: UserRow): string {
  return format === 'csv' ? csvRow(columns, row) : `${JSON.stringify(row)}\n`;
}
