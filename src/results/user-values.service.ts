import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Column } from '../core/metric/metric.js';
import type { RunTarget } from '../core/request/run-plan.js';
import type { SeriesPoint } from '../core/series/series-cells.js';
import { pageOf, type Page } from '../platform/http/page.js';
import { RunValuesStore } from '../stores/clickhouse/run-values-store.js';
import { csvHeader, csvRows } from './csv.js';
import type { Format } from './format.js';
import { userRow, userSlices, type UserRow } from './user-row.js';

/** Rows read from the engine at once while all users are streamed: about half a megabyte of text. */
const PAGE = 5000;

/** The per-user values of a run, and what they stand for. */
export interface StoredResult {
  readonly target: RunTarget;
  readonly columns: readonly Column[];
  /** Of a series; without one none. */
  readonly points: readonly SeriesPoint[];
}

/** Reads per-user values, in the order of the users' ids (byte by byte). */
@Injectable()
export class UserValuesService {
  constructor(private readonly store: RunValuesStore) {}

  /** `after`: the last user of the page before. */
  async page(result: StoredResult, after: string | null, limit: number): Promise<Page<UserRow>> {
    return pageOf(await this.rows(result, after, limit + 1), limit, ({ user }) => [user]);
  }

  /** All users as text. The first page is read before it resolves, so that an engine that is away is an error and not half an answer. */
  async stream(result: StoredResult, format: Exclude<Format, 'json'>): Promise<Readable> {
    const first = await this.rows(result, null, pageSize(result));
    return Readable.from(this.lines(result, format, first), { objectMode: false });
  }

  /** Pulled by the reader: a slow one holds no more than a page. */
  private async *lines(
    result: StoredResult,
    format: Exclude<Format, 'json'>,
    first: readonly UserRow[],
  ): AsyncGenerator<string> {
    const { columns } = result;
    if (format === 'csv') yield csvHeader(columns, result.points.length > 0);
    let rows = first;
    while (rows.length > 0) {
      yield rows.map((row) => (format === 'csv' ? csvRows(columns, row) : `${JSON.stringify(row)}\n`)).join('');
      if (rows.length < pageSize(result)) return;
      rows = await this.rows(result, rows.at(-1)?.user ?? null, pageSize(result));
    }
  }

  private async rows(
    { target, columns, points }: StoredResult,
    after: string | null,
    limit: number,
  ): Promise<UserRow[]> {
    if (points.length === 0) {
      const rows = await this.store.page(target, after, limit);
      return rows.map((row) => userRow(columns, row));
    }
    const byCell = new Map(points.map((point) => [point.cell, point]));
    const rows = await this.store.cellsPage(target, after, limit);
    return rows.map((row) => userSlices(columns, byCell, row));
  }
}

function pageSize({ points }: StoredResult): number {
  return Math.max(1, Math.floor(PAGE / Math.max(1, points.length)));
}
