import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryCancelled } from '../../../src/stores/clickhouse/engine-failure.js';
import { Engine, type EngineOptions } from '../../../src/stores/clickhouse/engine.js';
import { startTestEngine, TEST_LIMITS, type TestEngine } from '../../support/embedded-engine.js';
import { whileFrozen } from '../../support/frozen-engine.js';
import { until } from '../../support/until.js';

const ENDLESS = {
  sql: 'SELECT count() AS n FROM numbers({n:UInt64}) WHERE sipHash64(number) = 1',
  params: { n: 1e13 },
};

describe('cancelling', () => {
  let test: TestEngine;
  beforeAll(async () => (test = await startTestEngine()));
  afterAll(() => test.stop());

  /** The error of a query that never ends by itself. */
  const endless = (options: EngineOptions): Promise<unknown> =>
    test.engine.rows(ENDLESS, options).catch((error: unknown) => error);

  const started = (marker: string) => until(async () => (await test.engine.running(marker)) > 0);

  it('kills all queries of a marker, at once, and no other', async () => {
    const killed = Promise.all([endless({ marker: 'run:a' }), endless({ marker: 'run:a' })]);
    const spared = new AbortController();
    const other = endless({ marker: 'run:ab', signal: spared.signal });
    await until(async () => (await test.engine.running('run:a')) === 2);
    await started('run:ab');
    const startedMs = performance.now();
    await test.engine.kill('run:a');
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    for (const error of await killed) expect(error).toBeInstanceOf(QueryCancelled);
    expect(await test.engine.running('run:a')).toBe(0);
    expect(await test.engine.running('run:ab')).toBe(1);
    spared.abort();
    expect(await other).toBeInstanceOf(QueryCancelled);
  });

  it('keeps room for what somebody waits for, however many runs there are', async () => {
    const stop = new AbortController();
    const runs = Array.from({ length: 14 }, (_, i) => endless({ marker: `run:${i}`, signal: stop.signal }));
    await until(async () => (await test.engine.running('run:7')) === 1);
    const { rows } = await test.engine.rows({ sql: 'SELECT 1 AS one', params: {} });
    stop.abort();
    expect(rows).toEqual([{ one: 1 }]);
    expect((await Promise.all(runs)).filter((error) => !(error instanceof QueryCancelled))).toEqual([]);
  });

  it('kills what another client has sent', async () => {
    const other = new Engine(test.url, TEST_LIMITS);
    const query = endless({ marker: 'far' });
    await started('far');
    await other.kill('far');
    await other.close();
    expect(await query).toBeInstanceOf(QueryCancelled);
  });

  it('kills an INSERT … SELECT, which leaves nothing behind', async () => {
    const sql = 'INSERT INTO member_sets SELECT 1, toString(sipHash64(number)), toString(number) FROM numbers(1e12)';
    const insert = test.engine.execute({ sql, params: {} }, { marker: 'ins' }).catch((error: unknown) => error);
    await started('ins');
    await test.engine.kill('ins');
    expect(await insert).toBeInstanceOf(QueryCancelled);
    expect(await test.engine.running('ins')).toBe(0);
  });

  it('stops a query when its signal aborts, whenever that is', async () => {
    for (const delayMs of [0, 1, 2, 3, 5, 8, 13, 50]) {
      const marker = `signal-${delayMs}`;
      const query = endless({ marker, signal: AbortSignal.timeout(delayMs) });
      expect(await query).toBeInstanceOf(QueryCancelled);
      await until(async () => (await test.engine.running(marker)) === 0, 1_000);
    }
    await sleep(100);
    expect(await running()).toBe(0);
  });

  it('stops a body on its way, of which nothing is inserted', async () => {
    const lines = Readable.from(
      (async function* () {
        yield Buffer.from('a\n');
        await sleep(200);
        yield Buffer.from('b\n');
      })(),
    );
    const sql = "INSERT INTO member_sets SELECT 7, l, l FROM input('l String') FORMAT LineAsString";
    const insert = test.engine.insertLines({ sql, params: {} }, lines, { signal: AbortSignal.timeout(50) });
    await expect(insert).rejects.toBeInstanceOf(QueryCancelled);
    await sleep(250);
    const { rows } = await test.engine.rows({
      sql: 'SELECT count() AS n FROM member_sets WHERE property = 7',
      params: {},
    });
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('does not send a query whose signal has aborted', async () => {
    expect(await endless({ marker: 'never', signal: AbortSignal.abort() })).toBeInstanceOf(QueryCancelled);
    expect(await test.engine.running('never')).toBe(0);
  });

  it('kills while more queries wait than may run, and drops those that wait', async () => {
    const queries = Array.from({ length: 14 }, () => endless({ marker: 'many' }));
    await until(async () => (await test.engine.running('many')) === 10);
    await test.engine.kill('many');
    for (const error of await Promise.all(queries)) expect(error).toBeInstanceOf(QueryCancelled);
    await until(async () => (await running()) === 0);
    expect((await test.engine.rows({ sql: 'SELECT 1 AS one', params: {} })).rows).toEqual([{ one: 1 }]);
  });

  it('gives up on an engine that does not answer', async () => {
    await whileFrozen(test, () =>
      expect(test.engine.kill('frozen')).rejects.toMatchObject({ code: 'engine_unavailable' }),
    );
  }, 15_000);

  it('has nothing to do for a marker that nobody carries', async () => {
    await test.engine.kill('nobody');
    expect(await test.engine.running('nobody')).toBe(0);
  });

  it('takes no marker that could end the comment', async () => {
    await expect(test.engine.kill("a */ '")).rejects.toThrow(RangeError);
    await expect(test.engine.rows({ sql: 'SELECT 1', params: {} }, { marker: '*/' })).rejects.toThrow();
  });

  async function running(): Promise<number> {
    const sql = "SELECT count() AS n FROM system.processes WHERE position(query, 'system.processes') = 0";
    return (await test.engine.rows<{ n: number }>({ sql, params: {} })).rows[0]?.n ?? -1;
  }
});
