import { metric as builtIn, METRIC_IDS } from '../../../src/core/metric/catalogue.js';
import type { AnswerDto } from '../../../src/requests/answer/answer.dto.js';
import type { UserRow } from '../../../src/results/user-row.dto.js';
import { send } from '../../support/ingest.js';
import type { ToldPoint } from '../../support/oracle/compare-answer.js';
import { ask, errorOf } from '../../support/requests.js';
import { allRuns } from '../../support/runs.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { WIKI_EVENTS, WIKI_USERS } from '../../support/wiki.js';

const THREE_DAYS = { kind: 'fixed', from: '2024-01-10', to: '2024-01-13' };
const EDITS = { cohort: { all: true }, metric: 'event_count', params: { event: 'edit' }, as_of: '2024-03-01' };
const ARTICLES = { property: 'namespace', in: [0] };

/**
 * Defects of UserMetrics and Wikimetrics that lay in how one asked; those of the values themselves are in
 * ancestors.spec.ts. The wiki is worked out in worked-wiki.spec.ts.
 */
describe('asking, where earlier systems went wrong', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    await send(app, 'users', ...WIKI_USERS);
    await send(app, 'events', ...WIKI_EVENTS);
    for (const [name, users] of [
      ['ab', ['ada', 'ben']],
      ['bc', ['ben', 'cleo']],
      ['ca', ['cleo', 'ada']],
    ] as const) {
      expect(await app.call('POST', '/cohorts', { name, static: { users } })).toMatchObject({ status: 201 });
    }
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  const requested = (more: object): Promise<AnswerDto> => ask(app, { ...EDITS, ...more }, '?wait=30');
  const linked = async (path: string): Promise<AnswerDto> => {
    const response = await app.call('GET', `/run${path}&as_of=2024-03-01&wait=30`);
    expect({ status: response.status, text: response.text }).toMatchObject({ status: 200 });
    return response.json();
  };
  const valuesOf = async ({ id }: AnswerDto, column: string): Promise<Record<string, unknown>> => {
    const { data } = (await app.call('GET', `/requests/${id}/users`)).json<{ data: UserRow[] }>();
    return Object.fromEntries(
      data.map(({ user, values, undefined: reasons }) => [user, values[column] ?? reasons[column]]),
    );
  };

  it('a user of three cohorts is in all three, not in any two', async () => {
    const { cohort } = await requested({ cohort: 'ab&bc&ca', window: THREE_DAYS });
    expect(cohort.size).toBe(0);
    const two = await requested({ cohort: 'ab&bc', window: THREE_DAYS });
    expect(await valuesOf(two, 'count')).toEqual({ ben: 7 });
    const any = await requested({ cohort: 'ab&bc~ca', window: THREE_DAYS });
    expect(any.cohort.size).toBe(3);
  });

  it('a cohort that has changed is measured anew', async () => {
    const first = await requested({ cohort: 'bc', window: THREE_DAYS });
    const { id } = first.cohort;
    const changed = await app.call('PUT', `/cohorts/${id}`, { name: 'bc', static: { users: ['ben', 'cleo', 'eve'] } });
    expect(changed.status).toBeLessThan(300);
    const second = await requested({ cohort: 'bc', window: THREE_DAYS });
    expect([first.cohort.size, second.cohort.size]).toEqual([2, 3]);
    expect(second.hash).not.toBe(first.hash);
  });

  it('the same request in another order runs once', async () => {
    const before = (await allRuns(app)).length;
    const params = { event: ['edit', 'block'], where: ARTICLES };
    const one = await requested({ params, window: THREE_DAYS, aggregators: ['mean', 'sum'] });
    const other = await ask(
      app,
      {
        as_of: '2024-03-01T00:00:00.000Z',
        aggregators: ['sum', 'mean', 'sum'],
        window: { to: '2024-01-13T00:00:00Z', from: '2024-01-10', kind: 'fixed' },
        params: { where: { eq: 0, property: 'namespace' }, event: ['block', 'edit'] },
        metric: 'event_count',
        cohort: { all: true },
      },
      '?wait=30',
    );
    expect(other.hash).toBe(one.hash);
    expect(other.cached).toBe(true);
    expect((await allRuns(app)).length).toBe(before + 1);
  });

  it('an aggregate over everybody’s activity is not one over those who registered', async () => {
    const range = 'start=2024-01-10&end=2024-01-13&aggregator=sum';
    const activity = await linked(`/cohort/all/event_count?${range}&group=activity&event=edit`);
    expect(activity.request.window).toMatchObject({ kind: 'fixed' });
    expect(activity.aggregates?.['count']).toMatchObject({ n: 4, sum: 18 });
    const registered = await linked(`/cohort/all/event_count?${range}&group=reg&event=edit`);
    expect(registered.request.window).toMatchObject({ kind: 'since_birth' });
    expect(registered.aggregates?.['count']).toMatchObject({ n: 0, sum: null, undefined: { out_of_range: 4 } });
    const series = await linked(`/cohort/all/event_count?${range}&group=activity&event=edit&time_series=true&slice=24`);
    expect(pointsOf(series).map(({ aggregates }) => aggregates['count']?.['sum'])).toEqual([6, 5, 7]);
  });

  it('numbers in an address are numbers', async () => {
    const path = '/user/ben/event_rate?event=edit&start=2024-01-01&end=2024-02-01&t=240&unit=P1D&unit_count=2';
    const answer = await linked(path);
    expect(answer.request).toMatchObject({ params: { unit: 'P1D', unit_count: 2 }, window: { length: 'P10D' } });
    // Four edits in ten days, which are five times two days.
    expect(answer.aggregates?.['rate']).toMatchObject({ mean: 0.8 });
    expect(answer.aggregates?.['period']).toMatchObject({ mean: 5 });
  });

  it('each metric has the defaults that it documents', async () => {
    for (const metric of METRIC_IDS) {
      const { example, parameters } = builtIn(metric);
      const asking = example.request as { params?: object };
      const { request } = await ask(app, asking, '?wait=30');
      const given = Object.keys(asking.params ?? {});
      const reported = request.params as Readonly<Record<string, unknown>>;
      // A window stands for `t`.
      for (const [name, parameter] of Object.entries(parameters)) {
        if (!given.includes(name) && name !== 't')
          expect([metric, name, reported[name]]).toEqual([metric, name, parameter.default]);
      }
    }
  });

  it('all namespaces are those of no filter, and one filters every metric alike', async () => {
    const all = await requested({ window: THREE_DAYS });
    const articles = await requested({ window: THREE_DAYS, params: { event: 'edit', where: ARTICLES } });
    expect(await valuesOf(all, 'count')).toEqual({ ada: 7, ben: 7, cleo: 4, eve: 0 });
    expect(await valuesOf(articles, 'count')).toEqual({ ada: 4, ben: 5, cleo: 3, eve: 0 });
  });

  it('the n-th edit is the n-th of those that are asked for', async () => {
    // The first of ben in that namespace is his fifth edit.
    const talk = { event: 'edit', n: 1, t: 'P30D', where: { property: 'namespace', eq: 1 } };
    const { id } = await requested({ metric: 'threshold', params: talk });
    expect(await valuesOf({ id } as AnswerDto, 'time_to')).toMatchObject({ ben: 10 * 86_400, eve: 'never' });
  });

  it('negative namespaces are namespaces', async () => {
    const params = { event: 'edit', property: 'namespace', values: [-2, -1, 0] };
    const answer = await requested({ metric: 'count_by', params, window: THREE_DAYS, aggregators: ['sum'] });
    expect(answer.aggregates?.['counts']?.['sum']).toEqual({ '-2': 0, '-1': 0, '0': 12 });
  });

  it('pages are counted in the window of each user, not over the whole range', async () => {
    const creating = { event: 'edit', where: { property: 'parent', eq: 0 } };
    const window = { kind: 'since_birth', length: 'P9D', births: { from: '2024-01-01', to: '2024-02-01' } };
    // Owl comes as ada's nine days end, Elk after those of ben, Fox within those of cleo.
    const counts = await valuesOf(await requested({ params: creating, window }), 'count');
    expect(counts).toEqual({ ada: 1, ben: 0, cleo: 1, eve: 0 });
  });

  it('a page of several users is one page', async () => {
    const params = { event: 'edit', property: 'page' };
    const answer = await requested({
      metric: 'distinct_count',
      params,
      window: THREE_DAYS,
      aggregators: ['sum', 'distinct'],
    });
    expect(answer.aggregates?.['count']).toMatchObject({ sum: 10, distinct: 4 });
  });

  it('the deviation is the sample’s', async () => {
    const { aggregates } = await requested({ window: THREE_DAYS, aggregators: ['std', 'variance', 'mean'] });
    // 7, 7, 4 and 0 around 4.5: 6.25 + 6.25 + 0.25 + 20.25, by 3.
    expect(aggregates?.['count']).toMatchObject({ mean: 4.5, variance: expect.closeTo(11, 10) });
    expect(aggregates?.['count']?.['std']).toBeCloseTo(Math.sqrt(11), 10);
  });

  it('survival without sunset says up to when, and says the same again', async () => {
    const params = { event: 'edit', n: 1, t: 'P11D' };
    const one = await requested({ metric: 'survival', params, cache: 'refresh' });
    const again = await requested({ metric: 'survival', params, cache: 'refresh' });
    expect([one.as_of, again.as_of]).toEqual(['2024-03-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z']);
    expect(again.aggregates).toEqual(one.aggregates);
    const open = await requested({ metric: 'survival', params, as_of: undefined });
    expect(Date.parse(open.as_of ?? '')).toBeGreaterThan(Date.parse('2024-03-01'));
  });

  it('a series ends where it was asked to, and a slice without anything is there', async () => {
    const window = { kind: 'fixed', from: '2024-01-08', to: '2024-01-11T02:00:00Z' };
    const answer = await requested({ window, series: { interval: 'PT48H', by: 'event_time' }, aggregators: ['sum'] });
    expect(pointsOf(answer).map(({ from, to, aggregates }) => [from, to, aggregates['count']?.['sum']])).toEqual([
      ['2024-01-08T00:00:00.000Z', '2024-01-10T00:00:00.000Z', 1],
      ['2024-01-10T00:00:00.000Z', '2024-01-11T02:00:00.000Z', 8],
    ]);
    const days = await requested({
      window: { ...window, from: '2024-01-07' },
      series: { interval: 'day' },
      aggregators: ['sum'],
    });
    expect(pointsOf(days).map(({ label, aggregates }) => [label, aggregates['count']?.['sum']])).toEqual([
      ['2024-01-07', 0],
      ['2024-01-08', 0],
      ['2024-01-09', 1],
      ['2024-01-10', 6],
      ['2024-01-11', 2],
    ]);
  });

  it.each([
    ['an unknown metric', { metric: 'edits' }, '/metric'],
    ['a broken time', { window: { ...THREE_DAYS, from: '2024-13-01' } }, '/window/from'],
    ['an unknown parameter', { params: { event: 'edit', namespace: 0 } }, '/params/namespace'],
    ['an aggregator of another metric', { aggregators: ['proportion'] }, '/aggregators/0'],
    ['an aggregator that is not', { aggregators: ['dist'] }, '/aggregators/0'],
    ['an unknown cohort', { cohort: 'nobody' }, '/cohort'],
  ])('%s is told, not dropped and no fault of the server', async (_, wrong, pointer) => {
    const response = await app.call('POST', '/requests', { ...EDITS, window: THREE_DAYS, ...wrong });
    expect(response.status).toBe(422);
    expect(errorOf(response).errors?.map((error) => error.pointer)).toEqual([pointer]);
  });
});

function pointsOf(answer: object): readonly ToldPoint[] {
  return (answer as { series?: readonly ToldPoint[] }).series ?? [];
}
