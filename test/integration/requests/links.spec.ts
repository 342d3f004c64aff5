import type { AnswerDto } from '../../../src/requests/answer/answer.dto.js';
import { send } from '../../support/ingest.js';
import { ask, errorOf } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import type { TestResponse } from '../../support/call-http.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

let stores: TestStores;
let app: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  await send(
    app,
    'users',
    { user: 'ann', registered_at: '2013-01-01T00:00:00Z' },
    { user: 'b/ob', registered_at: '2013-01-31T00:00:00Z' },
    { user: 'late', registered_at: '2013-02-01T00:00:00Z' },
  );
  const edit = (user: string, time: string) => ({ user, event: 'edit', time, properties: { bytes: 3 } });
  await send(
    app,
    'events',
    edit('ann', '2013-01-01T12:00:00Z'),
    edit('ann', '2013-01-02T12:00:00Z'),
    edit('b/ob', '2013-02-10T00:00:00Z'),
    edit('late', '2013-02-01T01:00:00Z'),
  );
  const cohort = { name: 'a team', static: { users: ['ann', 'b/ob', 'late'] } };
  expect((await app.call('POST', '/cohorts', cohort)).status).toBe(201);
  const metric = { name: 'edits', metric: 'event_count', fixed: { event: 'edit' } };
  expect((await app.call('POST', '/metrics', metric)).status).toBe(201);
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

const run = (path: string): Promise<TestResponse> => app.call('GET', `/run/${path}`);
const answer = async (path: string): Promise<AnswerDto> => {
  const response = await run(path);
  expect([response.status, response.text]).toEqual([200, expect.any(String)]);
  return response.json();
};
const reported = (response: TestResponse) => {
  const { code, errors } = errorOf(response);
  return [response.status, code, errors?.map(({ parameter }) => parameter)];
};

describe('a link', () => {
  it('asks what the body asks, and is answered by its run', async () => {
    const body = {
      cohort: 'a team',
      metric: 'event_count',
      params: { event: ['edit', 'view'], where: { property: 'bytes', gte: 3 } },
      window: { kind: 'since_birth', length: 'P1D', births: { to: '2014-01-01' } },
      aggregators: ['sum', { histogram: { bins: 2 } }],
      time_zone: 'Europe/Berlin',
    };
    const requested = await ask(app, body, '?wait=30');
    const query = [
      'event=edit,view',
      `where=${encodeURIComponent('{"property":"bytes","gte":3}')}`,
      'window=P1D',
      'births=/2014-01-01',
      `aggregators=${encodeURIComponent('["sum",{"histogram":{"bins":2}}]')}`,
      'time_zone=Europe/Berlin',
    ];
    const linked = await answer(`cohort/a%20team/event_count?${query.join('&')}`);
    expect(linked).toMatchObject({ hash: requested.hash, cached: true, aggregates: requested.aggregates });
  });

  it('is accepted with 202 where it must be waited for, and tells where', async () => {
    const accepted = await run('cohort/all/event_count?window=P2D&event=nothing');
    expect(accepted.status).toBe(202);
    expect(accepted.headers).toMatchObject({ location: expect.stringMatching(/\/requests\/req_/), 'retry-after': '1' });
    const waited = await run('cohort/all/event_count?window=P3D&event=nothing&wait=30');
    expect([waited.status, waited.json<AnswerDto>().status]).toEqual([200, 'succeeded']);
    const preferred = await app.call('GET', '/run/cohort/all/edits?window=P4D', undefined, { prefer: 'wait=30' });
    expect([preferred.status, preferred.headers['preference-applied']]).toEqual([200, 'wait=30']);
  });

  it('names everybody, a user with any id, and a metric of the property', async () => {
    const all = await answer('cohort/all/edits?window=P30D&wait=30');
    expect(all).toMatchObject({
      request: { cohort: { all: true }, metric: 'event_count' },
      named_metric: { name: 'edits' },
    });
    const one = await answer('user/b%2Fob/edits?window=P30D&wait=30');
    expect(one).toMatchObject({ cohort: { size: 1 }, aggregates: { count: { mean: 1 } } });
  });

  it('asks for survival from birth on, and names everybody as bodies and sets do', async () => {
    const body = { cohort: 'all', metric: 'survival', params: { t: 'PT0S' } };
    const requested = await ask(app, body, '?wait=30');
    expect(requested).toMatchObject({ request: { params: { t: 'PT0S' }, cohort: { all: true } } });
    for (const path of ['cohort/all/survival?t=0', 'set/all/survival?t=PT0S']) {
      expect(await answer(path)).toMatchObject({
        hash: requested.hash,
        cached: true,
        aggregates: requested.aggregates,
      });
    }
    const { status, text } = await app.call('GET', '/cohorts/all');
    expect([status, text]).toEqual([404, expect.stringContaining('names everybody in requests')]);
  });

  it('takes sets of cohorts, and everybody among them', async () => {
    const all = await answer('cohort/all/edits?window=P30D&wait=30');
    expect((await answer('set/all/edits?window=P30D')).hash).toBe(all.hash);
    const team = await answer('cohort/a%20team/edits?window=P30D&wait=30');
    expect(await answer('set/a%20team/edits?window=P30D')).toMatchObject({
      hash: team.hash,
      cohort: { id: team.cohort.id },
    });
    const both = await ask(
      app,
      { cohort: 'a team&(all~a team)', metric: 'edits', window: { kind: 'since_birth', length: 'P30D' } },
      '?wait=30',
    );
    expect((await answer('set/a%20team&(all~a%20team)/edits?window=P30D&wait=30')).hash).toBe(both.hash);
  });

  it('says it as UserMetrics does: who registered from start to end, each for t hours', async () => {
    const reg = 'start=2013-01-01&end=2013-02-01&t=24&n=1&group=reg&aggregator=proportion&wait=30';
    const threshold = await answer(`cohort/a%20team/threshold?${reg}`);
    expect(threshold.request).toMatchObject({
      params: { n: 1, t: 'P1D' },
      window: { kind: 'since_birth', length: 'P1D', births: { from: '2013-01-01T00:00:00.000Z' } },
    });
    expect(threshold.aggregates?.['reached']).toMatchObject({
      proportion: { value: 0.5 },
      n: 2,
      undefined: { out_of_range: 1 },
    });
    const activity = 'start=2013-01-01&end=2013-02-01&group=activity&aggregator=sum&wait=30';
    expect((await answer(`cohort/a%20team/edits?${activity}`)).aggregates?.['count']).toMatchObject({ sum: 2, n: 3 });
  });

  it('cuts a series as UserMetrics does: by registration, each user for t hours', async () => {
    const series = 'start=2013-01-01&end=2013-02-01&t=24&time_series&slice=744&aggregator=proportion&wait=30';
    const { series: points } = await answer(`cohort/a%20team/threshold?${series}`);
    expect(points).toMatchObject([{ from: '2013-01-01T00:00:00.000Z', aggregates: { reached: { n: 2 } } }]);
    const iso = 'births=2013-01-01/2013-02-01&t=P1D&series=P31D&aggregators=proportion';
    expect(await answer(`cohort/a%20team/threshold?${iso}`)).toMatchObject({ cached: true, series: points });
  });

  it.each([
    ['cohort/nobody/edits?window=P1D', [404, 'not_found', ['cohort']]],
    ['cohort/a%20team&all/edits?window=P1D', [404, 'not_found', ['cohort']]],
    ['set/a%20team&nobody/edits?window=P1D', [404, 'not_found', ['expression']]],
    ['set/a%20team&/edits?window=P1D', [422, 'invalid_field', ['expression']]],
    ['cohort/all/edit?window=P1D', [404, 'not_found', undefined]],
    ['cohort/all/EDITS?window=P1D', [404, 'not_found', undefined]],
    ['cohort/all/%00?window=P1D', [404, 'not_found', undefined]],
    [`user/${'x'.repeat(257)}/edits?window=P1D`, [422, 'invalid_field', ['user']]],
    ['cohort/all/edits?window=P1D&windw=P1D', [400, 'invalid_parameter', ['windw']]],
    ['cohort/all/edits?window=P1D&window=P1D', [400, 'invalid_parameter', ['window']]],
    ['cohort/all/edits?window=P1D&t=24', [400, 'invalid_parameter', ['t', 'window']]],
    ['cohort/all/edits?window=P1D&wait=x', [400, 'invalid_parameter', ['wait']]],
    ['cohort/all/edits?window=P1D&event=', [400, 'invalid_parameter', ['event']]],
    ['cohort/all/edits?window=P1D&event=view', [422, 'invalid_field', ['event']]],
    ['cohort/all/edits', [422, 'invalid_window', ['window']]],
    ['cohort/all/threshold?n=x&t=1h', [422, 'invalid_field', ['n', 't']]],
  ])('that is wrong is refused by its parameters: %s', async (path, expected) => {
    expect(reported(await run(path))).toEqual(expected);
  });

  it('that names no metric is answered with those that there are', async () => {
    expect(errorOf(await run('cohort/all/edit?window=P1D')).detail).toMatch(
      /Did you mean "edits"\? Its own are `edits`/,
    );
  });
});
