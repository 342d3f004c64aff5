import { DataSource } from 'typeorm';
import { whileFrozen } from '../../support/frozen-engine.js';
import type { AnswerDto } from '../../../src/requests/answer/answer.dto.js';
import { send } from '../../support/ingest.js';
import { answerOf, ask, countOf, ended, errorOf } from '../../support/requests.js';
import { allRuns } from '../../support/runs.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

describe('POST of a request', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    await send(app, 'events', { user: 'a', event: 'visit', time: '2020-05-01T00:00:00Z' });
    await send(app, 'users', { user: 'b' });
    const cohort = await app.call('POST', '/cohorts', { name: 'both', static: { users: ['a', 'b', 'nobody'] } });
    expect(cohort.status).toBe(201);
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  const answered = (body: object): Promise<AnswerDto> => ask(app, body, '?wait=20');

  it('answers 202 with where and when to ask again', async () => {
    const response = await whileFrozen(stores.engine, () => app.call('POST', '/requests', countOf('later')));
    const answer = response.json<{ id: string; hash: string }>();
    expect(response.status).toBe(202);
    expect(response.headers).toMatchObject({
      location: expect.stringMatching(new RegExp(`^/v1/properties/prop_\\w+/requests/${answer.id}$`)),
      'retry-after': '1',
    });
    expect(answer).toMatchObject({ status: 'queued', aggregates: null, stale: null, cached: false, as_of: null });
    expect(await ended(app, answer.id)).toMatchObject({ id: answer.id, hash: answer.hash, status: 'succeeded' });
  });

  it('answers 200 when it is ready in time, and 202 when it is not', async () => {
    const ready = await app.call('POST', '/requests?wait=20', countOf('in time'));
    expect(ready.status).toBe(200);
    expect(ready.headers).not.toHaveProperty('location');
    expect(ready.json()).toMatchObject({ status: 'succeeded', cached: false });

    await whileFrozen(stores.engine, async () => {
      const startedMs = performance.now();
      const late = await app.call('POST', '/requests', countOf('too late'), { prefer: 'wait=1' });
      expect(performance.now() - startedMs).toBeGreaterThan(990);
      expect(performance.now() - startedMs).toBeLessThan(2500);
      expect(late.status).toBe(202);
      expect(late.headers).toMatchObject({ 'preference-applied': 'wait=1', location: expect.any(String) });
      expect(late.json()).toMatchObject({
        status: 'running',
        as_of: expect.any(String),
        data_version: expect.any(Number),
      });
    });
  });

  it('tells everything of a result', async () => {
    const body = { ...countOf('full'), cohort: 'both', aggregators: ['max', 'mean'] };
    const answer = await ask(app, body, '?wait=20');
    const { id } = answer;
    expect(answer).toEqual({
      id: expect.stringMatching(/^req_/),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      status: 'succeeded',
      request: {
        semantics_version: 2,
        cohort: { members: answer.cohort.hash },
        metric: 'event_count',
        params: { event: ['full', 'visit'], where: null },
        window: { kind: 'fixed', from: '2020-01-01T00:00:00.000Z', to: '2021-01-01T00:00:00.000Z', births: null },
        birth: null,
        series: null,
        breakdown: [],
        aggregators: ['max', 'mean'],
        time_zone: 'UTC',
        week_start: 'monday',
        as_of: null,
      },
      named_metric: null,
      cohort: {
        id: expect.stringMatching(/^coh_/),
        version: 1,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        size: 3,
        evaluated_at: answer.as_of,
      },
      as_of: expect.any(String),
      data_version: 2,
      semantics_version: 2,
      columns: [{ name: 'count', type: 'number', unit: 'event' }],
      aggregates: { count: { max: 1, mean: 0.5, n: 2, n_undefined: 1, undefined: { unknown_user: 1 } } },
      series: null,
      breakdown: null,
      observed_to: null,
      users: { href: expect.stringMatching(new RegExp(`^/v1/properties/prop_\\w+/requests/${id}/users$`)) },
      warnings: [{ code: 'unknown_event', detail: 'No event "full" has come in.' }],
      cached: false,
      stale: false,
      moved: [],
      refresh: null,
      progress: null,
      computed_at: expect.any(String),
      valid_until: null,
      duration_ms: expect.any(Number),
      timings: { queue_ms: expect.any(Number), engine_ms: expect.any(Number), rows_read: expect.any(Number) },
      error: null,
    });
    expect(await answerOf(app, id)).toEqual(answer);
  });

  it('answers from the cache without writing anything, under the cohort as it is named now', async () => {
    const saved = await ask(app, { ...countOf('hit'), cohort: 'both' }, '?wait=20');
    const before = (await allRuns(app)).length;
    const inline = await app.call('POST', '/requests', {
      ...countOf('hit'),
      cohort: { users: ['nobody', 'b', 'a', 'a'] },
    });
    expect(inline.status).toBe(200);
    expect(inline.json()).toEqual({ ...saved, cached: true, cohort: { ...saved.cohort, id: null, version: null } });
    expect((await allRuns(app)).length).toBe(before);
  });

  it.each<[string, object, string, string[]]>([
    ['an unknown field', { sort: 'x' }, 'unknown_field', ['/sort']],
    ['an unknown cohort', { cohort: 'no such' }, 'unknown_cohort', ['/cohort']],
    ['an unknown metric', { metric: 'pageviews' }, 'unknown_metric', ['/metric']],
    ['an unknown cache mode', { cache: 'always' }, 'invalid_field', ['/cache']],
    [
      'an aggregator that does not fit',
      { aggregators: ['mean', 'proportion'] },
      'aggregator_not_applicable',
      ['/aggregators/1'],
    ],
    [
      'a window upside down',
      { window: { kind: 'fixed', from: '2021-01-01', to: '2020-01-01' } },
      'invalid_window',
      ['/window/from', '/window/to'],
    ],
    [
      'several at once',
      { cohort: 'no such', as_of: 'never', birth: 1 },
      'unknown_cohort',
      ['/cohort', '/as_of', '/birth'],
    ],
    ['a field of a part', { series: { interval: 'month', by: 'event_time', to: 1 } }, 'unknown_field', ['/series/to']],
  ])('refuses %s by JSON Pointer', async (_what, wrong, code, pointers) => {
    const response = await app.call('POST', '/requests', { ...countOf('wrong'), ...wrong });
    expect(response.status).toBe(422);
    expect(errorOf(response).code).toBe(code);
    expect(errorOf(response).errors?.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it.each([[[]], ['"text"'], ['null'], ['1']])('refuses the body %j', async (body) => {
    const response = await app.call('POST', '/requests', body, { 'content-type': 'application/json' });
    expect(response.status).toBe(422);
    expect(errorOf(response).code).toBe('invalid_field');
  });

  it.each(['?wait=61', '?wait=soon', '?patience=1', '?wait=1&wait=2'])('refuses %s', async (query) => {
    const response = await app.call('POST', `/requests${query}`, countOf('wrong'));
    expect(response.status).toBe(400);
    expect(errorOf(response).code).toBe('invalid_parameter');
  });

  it('finds requests in their property alone', async () => {
    const { id } = await ask(app, countOf('in time'));
    expect((await app.call('POST', '/../../properties', { slug: 'other' })).status).toBe(201);
    const url = (property: string) => `/../${property}/requests/${id}`;
    expect((await app.call('GET', url('default'))).status).toBe(200);
    expect((await app.call('GET', url('other'))).status).toBe(404);
    expect((await app.call('DELETE', url('other'))).status).toBe(404);
    expect((await app.call('GET', `${url('other')}/users`)).status).toBe(404);
    expect((await app.call('GET', '/requests/req_unknown')).status).toBe(404);
  });

  it('tells of names that have not come in, and of a fresh answer no more as soon as they have', async () => {
    const body = { ...countOf('visitt'), breakdown: ['trait:plan'] };
    const first = await ask(app, body, '?wait=20');
    const reported = ({ warnings }: AnswerDto) => warnings.map(({ code, nearest = '' }) => `${code} ${nearest}`.trim());
    expect(reported(first)).toEqual(['unknown_event visit', 'unknown_trait']);
    const etagOf = async () => (await app.call('GET', `/requests/${first.id}`)).headers['etag'];
    const etag = await etagOf();
    expect(reported(await ask(app, body, '?wait=20'))).toEqual(reported(first));
    // On a day that the request does not read.
    await send(app, 'events', { user: 'a', event: 'visitt', time: '2022-05-01T00:00:00Z' });
    const again = await ask(app, body, '?wait=20');
    expect([again.cached, reported(again)]).toEqual([true, ['unknown_trait']]);
    expect(await etagOf()).not.toBe(etag);
    const misspelt = await app.call('POST', '/requests', { ...countOf('x'), cohort: 'bothh' });
    expect(errorOf(misspelt).detail).toContain('Did you mean "both"?');
  });

  it('does not share results between properties', async () => {
    const path = '/../other/requests?wait=20';
    const here = await ask(app, countOf('apart'), '?wait=20');
    const there = await app.call('POST', path, countOf('apart'));
    expect(there.json()).toMatchObject({
      hash: here.hash,
      cached: false,
      cohort: { size: 0 },
      warnings: [{ code: 'empty_cohort' }, { code: 'unknown_event' }, { code: 'unknown_event' }],
    });
  });

  describe('about users who have not had their time', () => {
    const AS_OF = '2021-02-11T00:00:00Z';
    const reached = { metric: 'threshold', params: { event: 'buy', t: 'P30D' }, as_of: AS_OF };

    /** A hundred signed up ten days before, and ten of them have bought. */
    beforeAll(async () => {
      const young = Array.from({ length: 100 }, (_, i) => `young ${i}`);
      const traits = { plan: 'free' };
      await send(app, 'users', ...young.map((user) => ({ user, registered_at: '2021-02-01T00:00:00Z', traits })));
      const buyers = young.slice(0, 10);
      await send(app, 'events', ...buyers.map((user) => ({ user, event: 'buy', time: '2021-02-03T00:00:00Z' })));
      expect((await app.call('POST', '/cohorts', { name: 'young', static: { users: young } })).status).toBe(201);
    });

    const NOBODY = { n: 0, undefined: { censored: 100 }, proportion: null };
    const TEN = { n: 100, n_undefined: 0, proportion: { positives: 10, value: 0.1 } };
    const open = [{ code: 'not_observed_to_end', users: 100 }, { code: 'so_far_is_a_lower_bound' }];

    it.each([
      ['threshold', 'reached', { event: 'buy', t: 'P30D' }, undefined],
      ['survival', 'survived', { event: 'buy', t: 'P1D', sunset: 'P29D' }, undefined],
      ['occurrence', 'occurred', { event: 'buy' }, 'P30D'],
      ['time_to_threshold', 'duration', { event: 'buy' }, 'P30D'],
    ])('no outcome counts for %s, and so_far is a lower bound', async (metric, column, params, length) => {
      const window = length && { kind: 'since_birth', length };
      const answer = await answered({ cohort: 'young', metric, params, window, as_of: AS_OF });
      const { proportion: _, ...nobody } = NOBODY;
      expect(answer).toMatchObject({ aggregates: { [column]: nobody, so_far: TEN }, warnings: open });
    });

    it('neither in slices of births, groups, links and named metrics', async () => {
      const births = { from: '2021-02-01', to: '2021-03-01' };
      const { series, breakdown, warnings } = await answered({
        ...reached,
        cohort: 'young',
        params: { event: 'buy' },
        window: { kind: 'since_birth', length: 'P30D', births },
        series: { interval: 'month' },
        breakdown: ['trait:plan'],
      });
      const parts = [...(series ?? []), ...(breakdown ?? []), ...(breakdown?.[0]?.series ?? [])];
      const expected = { aggregates: { reached: NOBODY, so_far: TEN } };
      expect(parts).toMatchObject([expected, expected, expected]);
      expect(warnings).toMatchObject(open);
      const named = { name: 'first_purchase', metric: 'threshold', fixed: { event: 'buy', t: 'P30D' } };
      expect((await app.call('POST', '/metrics', named)).status).toBe(201);
      for (const path of [
        `/run/cohort/young/threshold?event=buy&t=P30D&as_of=${AS_OF}&wait=20`,
        `/run/cohort/young/first_purchase?as_of=${AS_OF}&wait=20`,
      ]) {
        expect((await app.call('GET', path)).json()).toMatchObject({ ...expected, warnings: open });
      }
    });

    it('and all count once the windows are over', async () => {
      const answer = await answered({ ...reached, cohort: 'young', as_of: '2021-03-03T00:00:00Z' });
      expect(answer).toMatchObject({ aggregates: { reached: TEN, so_far: TEN }, warnings: [] });
    });
  });

  it('never takes a result of earlier meanings for fresh, and still tells it', async () => {
    const body = countOf('of version 1');
    const first = await answered(body);
    expect(await answered(body)).toMatchObject({ cached: true, stale: false, semantics_version: 2 });
    await app.get(DataSource).query(
      `UPDATE runs SET canonical = jsonb_set(canonical::jsonb, '{semantics_version}', '1')::json, hash = repeat('0', 64)
       WHERE id = (SELECT run_id FROM requests WHERE id = $1)`,
      [first.id],
    );
    const { status, json } = await app.call('GET', `/requests/${first.id}`);
    expect([status, json()]).toMatchObject([
      200,
      { stale: true, moved: ['semantics'], semantics_version: 1, aggregates: first.aggregates },
    ]);
    // Written otherwise, so that no process has the answer at hand.
    const again = await answered({ ...body, cache: 'prefer' });
    expect(again).toMatchObject({ cached: false, semantics_version: 2 });
  });
});
