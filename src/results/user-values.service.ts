import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Failure } from '../core/failure.js';
import { pageOf, type Page } from '../platform/http/page.js';
import type { ExportedRun } from '../sql/export/user-columns.js';
import { ExportStore, type ExportOptions } from '../stores/clickhouse/export-store.js';
import { RunValuesStore } from '../stores/clickhouse/run-values-store.js';
import { ExportStreams } from './export-streams.service.js';
import { userRow, userSlices, type UserRow } from './user-row.dto.js';

/** The per-user values of a run, and what they stand for. */
export interface StoredResult extends ExportedRun {
  /** Users of the cohort: each has values. */
  readonly size: number;
}

/**
 * Windows, the whole one and the slices of each user, that a page of JSON holds: to parse and write them takes some 20
 * ms of the event loop. A page has one user at least.
 */
const CELLS_OF_A_PAGE = 5_000;

/** Reads per-user values, in the order of the users' ids (byte by byte). */
@Injectable()
export class UserValuesService {
  constructor(
    private readonly store: RunValuesStore,
    private readonly exports: ExportStore,
    private readonly streams: ExportStreams,
  ) {}

  /**
   * At most `limit` users; with many slices fewer, and the page says that more follow. `cursor`: the key of the page
   * before, which names the result too, so that pages of two results never mix.
   * @throws Failure result_gone
   */
  async page(result: StoredResult, cursor: readonly string[] | null, limit: number): Promise<Page<UserRow>> {
    const [runId, attempt] = resultKey(result);
    if (cursor !== null && (cursor[0] !== runId || cursor[1] !== attempt)) {
      throw new Failure(
        'result_gone',
        'The cursor belongs to another result than the one of this request: begin again without it.',
      );
    }
    const users = Math.min(limit, Math.max(1, Math.floor(CELLS_OF_A_PAGE / (1 + (result.series?.points.length ?? 0)))));
    const rows = await this.rows(result, cursor?.[2] ?? null, users + 1);
    // A cursor is only given where more users follow.
    if (rows.length === 0 && (cursor !== null || result.size > 0)) throw gone();
    return pageOf(rows, users, ({ user }) => [runId, attempt, user]);
  }

  /**
   * All users. What the engine cannot do is an error here and not half an answer.
   * @throws Failure result_gone
   */
  async stream(result: StoredResult, options: ExportOptions): Promise<Readable> {
    if ((await this.exports.userCount(result.target)) !== result.size) throw gone();
    return await this.streams.users(result, options);
  }

  private async rows(
    { target, columns, series }: StoredResult,
    after: string | null,
    limit: number,
  ): Promise<UserRow[]> {
    if (!series) {
      const rows = await this.store.page(target, after, limit);
      return rows.map((row) => userRow(columns, row));
    }
    const byCell = new Map(series.points.map((point) => [point.cell, point]));
    const rows = await this.store.cellsPage(target, after, limit);
    return rows.map((row) => userSlices(columns, byCell, row));
  }
}

function resultKey({ target }: StoredResult): readonly [runId: string, attempt: string] {
  return [target.runId, String(target.attempt)];
}

function gone(): Failure {
  return new Failure(
    'result_gone',
    'The values of the users are not there any more: send the request again with "cache": "refresh".',
  );
}
