import type { Failure } from '../../../src/core/failure.js';
import { engineErrorCode, QueryCancelled } from '../../../src/stores/clickhouse/engine-failure.js';
import type { EngineOptions } from '../../../src/stores/clickhouse/engine.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';

describe('queries', () => {
  let test: TestEngine;
  beforeAll(async () => (test = await startTestEngine()));
  afterAll(() => test.stop());

  const rows = async (sql: string, params: Record<string, unknown> = {}, options?: EngineOptions) =>
    (await test.engine.rows<Record<string, unknown>>({ sql, params }, options)).rows;

  it('gives rows as objects, integers of every size as numbers, and what was read', async () => {
    const sql =
      'SELECT toUInt64(number) + 9007199254740000 AS u, toInt64(-1) AS i, 0.5 AS f, NULL AS n FROM numbers(2)';
    const { rows, stats } = await test.engine.rows({ sql, params: {} });
    expect(rows).toEqual([
      { u: 9007199254740000, i: -1, f: 0.5, n: null },
      { u: 9007199254740001, i: -1, f: 0.5, n: null },
    ]);
    expect(stats).toMatchObject({ rowsRead: 2, bytesRead: 16 });
    expect(stats.elapsedMs).toBeGreaterThan(0);
  });

  it.each<[string, unknown, unknown]>([
    ['UInt32', 7, 7],
    ['Float64', -1.5e-7, -1.5e-7],
    ['Bool', true, true],
    ['String', 'it\'s \\ "q" `b` {x:String} -- /* ; \t\n\r', 'it\'s \\ "q" `b` {x:String} -- /* ; \t\n\r'],
    ['String', 'é 漢字 🎉', 'é 漢字 🎉'],
    ['String', 'a\0b', 'a\0b'],
    ['String', '', ''],
    ['String', '\\N', '\\N'],
    ['String', '12', '12'],
    ['Nullable(String)', null, null],
    ['Array(String)', ["it's", 'a\\b', ', \n', 'é🎉', '', 'a\0b'], ["it's", 'a\\b', ', \n', 'é🎉', '', 'a\0b']],
    ['Array(Float64)', [], []],
    ['Array(Nullable(UInt8))', [1, null], [1, null]],
    ['Map(String, Float64)', { "k'1": 1, é: 2.5 }, { "k'1": 1, é: 2.5 }],
    ["DateTime64(3, 'UTC')", new Date('1997-01-02T03:04:05.678Z'), '1997-01-02 03:04:05.678'],
  ])('takes a parameter of %s: %j', async (type, value, expected) => {
    expect(await rows(`SELECT {p0:${type}} AS v`, { p0: value })).toEqual([{ v: expected }]);
  });

  it('takes a list of 50,000 values', async () => {
    const list = Array.from({ length: 50_000 }, (_, i) => `user-${i}`);
    expect(await rows('SELECT length({p0:Array(String)}) AS n', { p0: list })).toEqual([{ n: 50_000 }]);
  });

  it('keeps the settings and parameters of one query from the next', async () => {
    const setting = `SELECT getSetting('max_execution_time') AS s`;
    expect(await rows(setting, {}, { timeLimitMs: 7_500 })).toEqual([{ s: 7.5 }]);
    expect(await rows(setting)).toEqual([{ s: 60 }]);
    expect(await rows('SELECT {p0:UInt8} AS v', { p0: 1 })).toEqual([{ v: 1 }]);
    expect(
      engineErrorCode(await test.engine.rows({ sql: 'SELECT {p0:UInt8} AS v', params: {} }).catch((e: unknown) => e)),
    ).toBe(456);
  });

  it('runs twenty at once, each with its own parameters', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        rows('SELECT {p0:UInt32} AS i, sum(number) AS s FROM numbers({p1:UInt64})', { p0: i, p1: i + 100_000 }),
      ),
    );
    expect(answers.map(([row]) => row)).toEqual(
      Array.from({ length: 20 }, (_, i) => ({ i, s: ((i + 100_000) * (i + 99_999)) / 2 })),
    );
  });

  it.each([
    ['a mistake in the SQL', 'SELECT FROM WHERE', {}, 'internal_error', 62, {}],
    ['an unknown table', 'SELECT * FROM no_such_table', {}, 'internal_error', 60, {}],
    ['an unknown column', 'SELECT nothing FROM events', {}, 'internal_error', 47, {}],
    [
      'too much time',
      'SELECT count() FROM numbers(1e12) WHERE sipHash64(number) = 1',
      { timeLimitMs: 100 },
      'time_limit_exceeded',
      159,
      { limit: 'query_seconds', value: 0.1 },
    ],
    [
      'too much memory',
      'SELECT groupArray(number) FROM numbers(1e8)',
      { memoryLimitBytes: 20 * 2 ** 20 },
      'memory_limit_exceeded',
      241,
      { limit: 'query_memory_mb', value: 20 },
    ],
  ])('fails on %s and goes on', async (_, sql, options, code, number, extra) => {
    const error: unknown = await test.engine.rows({ sql, params: {} }, options).catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'Failure', code });
    expect(engineErrorCode(error)).toBe(number);
    expect((error as Error).message).not.toContain('SELECT');
    expect((error as Failure).extra).toEqual(extra);
    expect(await rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('fails in a statement without rows too', async () => {
    const failing = test.engine.execute({ sql: 'INSERT INTO member_sets SELECT throwIf(1), 1, 1', params: {} });
    await expect(failing).rejects.toMatchObject({ code: 'internal_error' });
    await expect(failing).rejects.not.toBeInstanceOf(QueryCancelled);
  });

  it('leaves nothing in system.processes', async () => {
    expect(
      await rows('SELECT query FROM system.processes WHERE query NOT LIKE {p0:String}', { p0: '%system.processes%' }),
    ).toEqual([]);
  });

  it('tells what an INSERT … SELECT has read', async () => {
    await test.engine.execute({ sql: 'CREATE TABLE numbered (n UInt64) ENGINE = MergeTree ORDER BY n', params: {} });
    await test.engine.execute({ sql: 'INSERT INTO numbered SELECT number FROM numbers(100000)', params: {} });
    const stats = await test.engine.execute({
      sql: 'INSERT INTO numbered SELECT n FROM numbered -- a comment',
      params: {},
    });
    expect(stats.rowsRead).toBe(100_000);
    expect(stats.bytesRead).toBeGreaterThanOrEqual(800_000);
    expect(stats.elapsedMs).toBeGreaterThan(0);
  });

  it('answers a ping', async () => {
    expect(await test.engine.ping()).toBe(true);
  });
});
