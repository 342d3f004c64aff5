import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { metric } from '../../../src/core/metric/catalogue.js';
import { compileUserCsv, compileUserJson, compileUserTable } from '../../../src/sql/export/compile-user-export.js';
import type { CsvStyle } from '../../../src/sql/export/csv-sql.js';
import type { ExportedRun } from '../../../src/sql/export/user-columns.js';
import type { StreamFormat } from '../../../src/stores/clickhouse/engine.js';
import type { CompiledQuery } from '../../../src/sql/compiled-query.js';
import { until } from '../../support/until.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';

const USERS = 140_000;
const SLICES = 6;
const PARTS = 7;
/** Enough for one block of each part on its way, and not for reading ahead in all of them. */
const LIMIT_BYTES = 75_000_000;
const SPOOL_BYTES = 256 * 1024 ** 2;

const { columns } = metric('occurrence');
const monthMs = (month: number): number => Date.UTC(2025, month, 1);
const points = Array.from({ length: SLICES }, (_, i) => {
  const slice = { fromMs: monthMs(i), toMs: monthMs(i + 1), periodMs: monthMs(i), label: `2025-0${i + 1}` };
  return { cell: i + 1, slice, age: null, completeMs: slice.toMs };
});
const PLAIN_CSV: CsvStyle = { delimiter: ',', decimal: '.', escapesFormulas: true, isForSpreadsheet: false };
const run: ExportedRun = { target: { runId: 'run_x', attempt: 1 }, columns, series: { by: 'event_time', points } };

describe('an export of a result that is not merged yet', () => {
  let test: TestEngine;

  beforeAll(async () => {
    test = await startTestEngine({ exportSpoolBytes: SPOOL_BYTES });
    await test.engine.execute({ sql: 'SYSTEM STOP MERGES run_values', params: {} });
    const rows = USERS * (SLICES + 1);
    for (let part = 0; part < PARTS; part += 1) {
      await test.engine.execute({
        sql: `INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, cell)
          SELECT 'run_x', 1, concat('user-', toString(intDiv(number, 7))), [1, 1, 1.75e12, 1.75e12], ['', '', 'never', ''], number % 7
          FROM numbers({from:UInt64}, {rows:UInt64})`,
        params: { from: (part * rows) / PARTS, rows: rows / PARTS },
      });
    }
  });

  afterAll(() => test?.stop());

  const formats: readonly (readonly [name: string, query: CompiledQuery, format: StreamFormat])[] = [
    ['ndjson', compileUserJson(run), 'RawBLOB'],
    ['csv', compileUserCsv(run, PLAIN_CSV), 'RawBLOB'],
    ['parquet', compileUserTable(run), 'Parquet'],
    ['arrow', compileUserTable(run), 'ArrowStream'],
  ];

  it.each(formats)('as %s holds little of it at a time', async (_, query, format) => {
    const stream = await test.engine.stream(query, format, { memoryLimitBytes: LIMIT_BYTES });
    await finished(stream.resume());
  });

  it('has room on the disk as long as others are read, and none beyond that', async () => {
    const megabytes = (n: number): CompiledQuery => ({
      sql: `SELECT repeat('x', 1000000) FROM numbers(${n})`,
      params: {},
    });
    await expect(test.engine.stream(megabytes(300), 'RawBLOB')).rejects.toMatchObject({
      code: 'limit_exceeded',
      detail: expect.stringContaining('export_spool_mb, 256 (MUSTER_EXPORT_SPOOL_MB)'),
      extra: { limit: 'export_spool_mb', value: 256 },
    });
    const unread = await test.engine.stream(megabytes(200), 'RawBLOB');
    await expect(test.engine.stream(megabytes(100), 'RawBLOB')).rejects.toMatchObject({
      code: 'too_many_exports',
      extra: { limit: 'export_spool_mb', value: 256, retry_after: 10 },
    });
    await finished((await test.engine.stream(megabytes(20), 'RawBLOB')).resume());
    unread.destroy();
    await until(async () => {
      const again = await test.engine.stream(megabytes(100), 'RawBLOB').catch(() => null);
      again?.destroy();
      return again !== null;
    });
    expect(readdirSync(join(test.folder, 'spool'))).toEqual([]);
  });

  it('was told from all of its parts', async () => {
    const sql = `SELECT count() AS parts FROM system.parts WHERE active AND table = 'run_values'`;
    expect((await test.engine.rows({ sql, params: {} })).rows).toEqual([{ parts: PARTS }]);
  });
});
