import { DataSource } from 'typeorm';
import { AnswerChunks1795400000000 } from '../../../migrations/postgres/1795400000000-answer-chunks.js';
import type { AnswerDto } from '../../../src/requests/answer/answer.dto.js';
import { send } from '../../support/ingest.js';
import { answerOf, ask, countOf, errorOf } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

/** An answer of 2.6 MB: a year by the hour. */
const HOURLY = countOf('hourly', { series: { interval: 'hour' } });
/** 366 days of everybody and of each of two groups, 300 kB. */
const GROUPED = countOf('grouped', {
  series: { interval: 'day' },
  breakdown: ['property:plan'],
  aggregators: ['mean', 'sum', 'max', 'min', 'median', 'std', 'variance', 'p90', 'p99'],
});
const PARAMS_OF_ANOTHER = { params: { event: ['visit', 'counted'] } };
const PERCENTILES = Array.from({ length: 99 }, (_, i) => `p${i + 1}`);

interface Listed {
  readonly id: string;
  readonly answer_bytes: number | null;
  readonly answer?: AnswerDto | null;
}
interface List {
  readonly data: readonly Listed[];
  readonly answers?: { readonly left_out: number; readonly budget_bytes: number; readonly detail: string };
}

describe('large answers', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    const visit = (user: string, time: string, plan: string | number | null): object => ({
      user,
      event: 'visit',
      time,
      ...(plan !== null && { properties: { plan } }),
    });
    await send(app, 'events', visit('a', '2020-05-01T00:00:00Z', 'gold'));
    await send(app, 'events', visit('a', '2020-05-02T00:00:00Z', 5));
    await send(app, 'events', visit('b', '2020-05-02T00:00:00Z', null));
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  const query = <T>(sql: string, values: unknown[] = []): Promise<T[]> => app.get(DataSource).query(sql, values);
  const listOf = async (parameters: string): Promise<List> => (await app.call('GET', `/requests${parameters}`)).json();
  const linesOf = async (path: string): Promise<object[]> => {
    const { text } = await app.call('GET', path, undefined, { accept: 'application/x-ndjson' });
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
  };

  it('stand in chunks, and are told as if they did not', async () => {
    const answer = await ask(app, HOURLY, '?wait=30');
    expect(answer).toMatchObject({ status: 'succeeded', aggregates: { count: { n: 2, max: 2 } }, breakdown: null });
    expect(answer.series).toHaveLength(8784);
    expect(answer.series?.find(({ from }) => from === '2020-05-01T00:00:00.000Z')?.aggregates['count']).toMatchObject({
      n: 2,
      max: 1,
    });
    const [run] = await query<{ bytes: number; parts: object }>(
      `SELECT octet_length(result::text) AS bytes, result_bytes, result_chunks AS parts FROM runs WHERE result_chunks IS NOT NULL`,
    );
    expect(run).toMatchObject({ parts: { aggregates: { items: 1, chunks: 1 }, series: { items: 8784 } } });
    expect(run?.bytes).toBeLessThan(2_000);

    const got = await app.call('GET', `/requests/${answer.id}`);
    expect(got.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(got.json()).toEqual({ ...answer, cached: false });
    const known = await app.call('GET', `/requests/${answer.id}`, undefined, {
      'if-none-match': got.headers['etag'] ?? '',
    });
    expect([known.status, known.text]).toEqual([304, '']);
    expect((await ask(app, HOURLY)).series).toEqual(answer.series);
    expect((await app.call('GET', `/requests/${answer.id}/series`)).json()).toEqual({ data: answer.series });
    expect(await linesOf(`/requests/${answer.id}/series`)).toEqual(answer.series);
    const events = await app.call('GET', `/requests/${answer.id}/events`);
    expect(JSON.parse(/^data: (.*)$/m.exec(events.text)?.[1] ?? '')).toEqual(got.json());
  });

  it('have groups with their points', async () => {
    const { id } = await ask(app, GROUPED, '?wait=30');
    const { breakdown } = await answerOf(app, id);
    const [{ parts } = { parts: null }] = await query<{ parts: object }>(
      'SELECT result_chunks AS parts FROM runs JOIN requests ON runs.id = run_id WHERE requests.id = $1',
      [id],
    );
    expect(parts).toMatchObject({ breakdown: { items: 2 }, 'breakdown/series': { items: 2 * 366 } });
    expect(breakdown?.map(({ group, series }) => [group, series?.length])).toEqual([
      ['gold', 366],
      [5, 366],
    ]);
    const points = breakdown?.flatMap(({ by, group, series }) =>
      (series ?? []).map((point) => ({ by, group, ...point })),
    );
    expect(await linesOf(`/requests/${id}/breakdown/series`)).toEqual(points);
    expect(await linesOf(`/requests/${id}/breakdown`)).toEqual(
      breakdown?.map(({ by, group, aggregates }) => ({ by, group, aggregates })),
    );
    const csv = await app.call('GET', `/requests/${id}/breakdown/series`, undefined, { accept: 'text/csv' });
    expect(csv.text.trim().split('\r\n')).toHaveLength(1 + 2 * 366);
  });

  it('are no part of a list, whose answers have a budget', async () => {
    await ask(app, countOf('small'), '?wait=30');
    const { data } = await listOf('');
    expect(data.map(({ answer_bytes }) => (answer_bytes ?? 0) > 262_144)).toEqual([false, true, true]);
    expect(JSON.stringify(data).length).toBeLessThan(4_000);
    const withAnswers = await listOf('?include=answers');
    expect(withAnswers.data.map(({ answer }) => answer?.status ?? null)).toEqual(['succeeded', null, null]);
    expect(withAnswers.data[0]?.answer).toEqual((await app.call('GET', `/requests/${data[0]?.id}`)).json());
    expect(withAnswers.answers).toMatchObject({ left_out: 2, budget_bytes: 1_048_576 });
  });

  it('are the same for a POST that comes again', async () => {
    const headers = { 'idempotency-key': 'large-1' };
    const first = await app.call('POST', '/requests', HOURLY, headers);
    const again = await app.call('POST', '/requests', HOURLY, headers);
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([200, 'true']);
    expect(again.text).toBe(first.text);
    const [kept] = await query<{ bytes: number }>('SELECT octet_length(body::text) AS bytes FROM idempotency_keys');
    expect(kept?.bytes).toBeLessThan(4_000);
  });

  it('are read in the old form too, in the row of their run, from which a migration moves them', async () => {
    const reported = await Promise.all([HOURLY, GROUPED].map((body) => ask(app, body)));
    for (const { id, aggregates, series, breakdown } of reported) {
      await query(
        `UPDATE runs SET result_bytes = NULL, result_chunks = NULL, result = (result::jsonb || $2::jsonb)::json
         FROM requests WHERE run_id = runs.id AND requests.id = $1`,
        [id, JSON.stringify({ aggregates, series, breakdown })],
      );
    }
    expect(await Promise.all([HOURLY, GROUPED].map((body) => ask(app, body)))).toEqual(reported);
    expect((await app.call('GET', `/requests/${reported[0]?.id}/series`)).json()).toEqual({
      data: reported[0]?.series,
    });

    const runner = app.get(DataSource).createQueryRunner();
    await new AnswerChunks1795400000000().down(runner);
    await new AnswerChunks1795400000000().up(runner);
    await runner.release();
    expect(await query('SELECT result_bytes > 262144 AS large FROM runs WHERE result_chunks IS NOT NULL')).toHaveLength(
      2,
    );
    expect(await Promise.all(reported.map(({ id }) => answerOf(app, id)))).toEqual(
      reported.map((answer) => ({ ...answer, cached: false })),
    );
  });

  it('go with their run, and are gone then for a reader', async () => {
    const { id } = await ask(app, GROUPED, '?wait=30');
    await query('DELETE FROM runs USING requests WHERE run_id = runs.id AND requests.id = $1', [id]);
    const left = `SELECT DISTINCT run_id FROM answer_chunks JOIN requests USING (run_id) WHERE requests.id = $1`;
    expect(await query(left, [id])).toEqual([]);
  });

  it('are refused before the run where their size is known', async () => {
    const percentiles = { metric: 'value_sum', params: { value: 'x' }, aggregators: PERCENTILES };
    const response = await app.call(
      'POST',
      '/requests',
      countOf('99', { ...percentiles, series: { interval: 'hour' } }),
    );
    expect(response.status).toBe(422);
    expect(errorOf(response)).toMatchObject({
      code: 'limit_exceeded',
      limit: 'answer_values',
      value: 1_000_000,
      errors: [{ pointer: '/series' }],
    });
  });

  it('fail as soon as their groups are counted, or their bytes', async () => {
    await app.stop();
    app = await startTestApp(stores, { answerLimits: { values: 10_000, bytes: 1_048_576 } });
    const counted = await ask(app, { ...GROUPED, ...PARAMS_OF_ANOTHER }, '?wait=30');
    expect(counted.error).toMatchObject({ code: 'limit_exceeded', detail: expect.stringContaining('3 groups') });
    await app.stop();
    app = await startTestApp(stores, { answerLimits: { values: 1_000_000, bytes: 100_000 } });
    const heavy = await ask(app, countOf('heavy', { series: { interval: 'hour' } }), '?wait=30');
    expect(heavy.error).toMatchObject({ code: 'limit_exceeded', detail: expect.stringContaining('answer_bytes') });
    expect(
      await query('SELECT 1 FROM answer_chunks JOIN runs ON runs.id = run_id WHERE state = $1', ['failed']),
    ).toEqual([]);
  });
});
