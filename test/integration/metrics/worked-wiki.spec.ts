import type { AnswerDto } from '../../../src/requests/answer/answer.dto.js';
import type { UserRow } from '../../../src/results/user-row.dto.js';
import { send } from '../../support/ingest.js';
import { ask } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { WIKI_EVENTS, WIKI_USERS } from '../../support/wiki.js';

/** From the first edit of Owl to that of Bat at midnight, which is outside, as is the one that created Bat. */
const THREE_DAYS = { kind: 'fixed', from: '2024-01-10', to: '2024-01-13' };
const JANUARY = { kind: 'fixed', from: '2024-01-01', to: '2024-02-01' };
const BYTES = { value: 'bytes' };

let stores: TestStores;
let app: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  await send(app, 'users', ...WIKI_USERS);
  await send(app, 'events', ...WIKI_EVENTS);
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

async function answered(metric: string, params: object, more: object): Promise<AnswerDto> {
  const body = { cohort: { all: true }, metric, params: { event: 'edit', ...params }, as_of: '2024-03-01', ...more };
  const answer = await ask(app, body, '?wait=30');
  expect(answer).toMatchObject({ status: 'succeeded', error: null });
  return answer;
}

/** By user the value of each column, in order, or why there is none. */
async function table(metric: string, params: object, more: object): Promise<Record<string, unknown>> {
  const answer = await answered(metric, params, more);
  const columns = (answer.columns ?? []).map(({ name }) => name);
  const page = (await app.call('GET', `/requests/${answer.id}/users`)).json<{ data: UserRow[] }>();
  return Object.fromEntries(
    page.data.map(({ user, values, undefined: reasons }) => [
      user,
      columns.map((name) => values[name] ?? reasons[name]),
    ]),
  );
}

/**
 *           by    content  is it brought back to something earlier, other than its own, and by whom first?
 * Owl  1    ada   a        nothing is earlier
 *      2    ben   b        a, by ada in 3: reversed
 *      3    ada   a        b, by ben in 4: reversed, a reversal of a reversal
 *      4    ben   b        c is new, b in 6 is its own: no
 *      5    cleo  c        b, by ben in 6: reversed
 *      6    ben   b        nothing follows
 * Fox  1    cleo  x        nothing is earlier
 *      2    ada   y        x, by ada herself in 3: no; that others bring x back in 5 comes too late
 *      3    ada   x        y, by ben in 4: reversed
 *      4    ben   y        x, by cleo in 5: reversed
 *      5    cleo  x        nothing follows
 * Elk  1    ben   p        nothing is earlier
 *      2    cleo  q        p, by ben in 6, the fourth that follows: reversed, but not where one looks 3 ahead
 *      3    ada   r        p, by ben in 6: reversed
 *      4    ada   s        p, by ben in 6: reversed
 *      5    ada   t        p, by ben in 6, which stands 4 before: reversed, but not where one looks 3 back
 *      6    ben   p        nothing follows
 * Bat  1    ada   m        before the window
 *      2    ben   n        m, by ada in 3: reversed, though what it is brought back to and by lies outside the window
 *      3    ada   m        after the window
 */
describe('reverts', () => {
  const OF_PAGES = { object: 'page', content: 'content' };

  it('are told from self-reverts, and count however they are undone', async () => {
    expect(await table('reversal_rate', OF_PAGES, { window: THREE_DAYS })).toEqual({
      ada: [true, 5, 7, 5 / 7],
      ben: [true, 3, 7, 3 / 7],
      cleo: [true, 2, 4, 2 / 4],
      eve: [false, 0, 0, 'no_denominator'],
    });
  });

  it('lie no further ahead or back than is looked', async () => {
    const near = { ...OF_PAGES, look_ahead: 3, look_back: 3 };
    expect(await table('reversal_rate', near, { window: THREE_DAYS })).toEqual({
      ada: [true, 4, 7, 4 / 7],
      ben: [true, 3, 7, 3 / 7],
      cleo: [true, 1, 4, 1 / 4],
      eve: [false, 0, 0, 'no_denominator'],
    });
    const next = { ...OF_PAGES, look_ahead: 1, look_back: 1 };
    // Owl 2, 3 and 5; Fox 3 and 4, whose last before is what comes next; none of Elk; Bat 2.
    expect(await table('reversal_rate', next, { window: THREE_DAYS })).toMatchObject({
      ada: [true, 2, 7, 2 / 7],
      ben: [true, 3, 7, 3 / 7],
      cleo: [true, 1, 4, 1 / 4],
    });
  });

  it('count self-reverts where these are not ignored', async () => {
    const all = { ...OF_PAGES, ignore_self: false };
    expect(await table('reversal_rate', all, { window: THREE_DAYS })).toMatchObject({
      ada: [true, 6, 7, 6 / 7],
      ben: [true, 3, 7, 3 / 7],
      cleo: [true, 2, 4, 2 / 4],
    });
  });

  it('are judged of the edits that pass the filter, in the history of all', async () => {
    const articles = { ...OF_PAGES, where: { property: 'namespace', eq: 0 } };
    expect(await table('reversal_rate', articles, { window: THREE_DAYS })).toEqual({
      ada: [true, 2, 4, 2 / 4],
      ben: [true, 3, 5, 3 / 5],
      cleo: [true, 1, 3, 1 / 3],
      eve: [false, 0, 0, 'no_denominator'],
    });
    // Of those that only added: Owl 1, Fox 2 and Elk 3 to 5 of ada, Owl 5 and Fox 1 of cleo. What brings a page back
    // need not add.
    const growing = { ...OF_PAGES, where: { property: 'bytes', gte: 1 } };
    expect(await table('reversal_rate', growing, { window: THREE_DAYS })).toMatchObject({
      ada: [true, 3, 5, 3 / 5],
      cleo: [true, 1, 2, 1 / 2],
    });
  });

  it('of everybody are a share of the users, and of their edits', async () => {
    const aggregators = ['proportion', 'sum', 'mean', { weighted_rate: { weight: 'count' } }];
    const { aggregates } = await answered('reversal_rate', OF_PAGES, { window: THREE_DAYS, aggregators });
    expect(aggregates?.['reversed']).toMatchObject({ n: 4, proportion: { positives: 3, value: 0.75 } });
    expect(aggregates?.['reversed_count']).toMatchObject({ n: 4, sum: 10, mean: 2.5 });
    expect(aggregates?.['count']).toMatchObject({ n: 4, sum: 18 });
    expect(aggregates?.['rate']).toMatchObject({ n: 3, undefined: { no_denominator: 1 } });
    expect(aggregates?.['rate']?.['weighted_rate']).toBeCloseTo(10 / 18, 12);
  });
});

describe('edits', () => {
  it('add and take away bytes', async () => {
    // ada 100 - 20 + 10 - 10 + 1 + 1 + 1, ben 20 + 20 - 5 + 10 + 30 - 4 + 2, cleo 5 + 50 - 10 + 0.
    expect(await table('value_sum', BYTES, { window: THREE_DAYS })).toEqual({
      ada: [83, 143, 113, -30, 7],
      ben: [73, 91, 82, -9, 7],
      cleo: [45, 65, 55, -10, 4],
      eve: [0, 0, 0, 0, 0],
    });
  });

  it('are counted, as are those that create a page', async () => {
    expect(await table('event_count', {}, { window: THREE_DAYS })).toEqual({ ada: [7], ben: [7], cleo: [4], eve: [0] });
    const creating = { where: { property: 'created', eq: true } };
    expect(await table('event_count', creating, { window: THREE_DAYS })).toEqual({
      ada: [1],
      ben: [1],
      cleo: [1],
      eve: [0],
    });
    expect(await table('event_count', creating, { window: JANUARY })).toMatchObject({ ada: [2] });
  });

  it('are of so many pages, each user’s and all together', async () => {
    const pages = { property: 'page' };
    expect(await table('distinct_count', pages, { window: THREE_DAYS })).toEqual({
      ada: [3],
      ben: [4],
      cleo: [3],
      eve: [0],
    });
    const { aggregates } = await answered('distinct_count', pages, {
      window: THREE_DAYS,
      aggregators: ['sum', 'distinct'],
    });
    expect(aggregates?.['count']).toMatchObject({ sum: 10, distinct: 4 });
  });

  it('lie in namespaces, those without any too', async () => {
    const namespaces = { property: 'namespace', values: [0, 1, 2] };
    expect(await table('count_by', namespaces, { window: THREE_DAYS })).toEqual({
      ada: [{ '0': 4, '1': 3, '2': 0 }],
      ben: [{ '0': 5, '1': 2, '2': 0 }],
      cleo: [{ '0': 3, '1': 1, '2': 0 }],
      eve: [{ '0': 0, '1': 0, '2': 0 }],
    });
  });

  it('come at a rate in the first ten days', async () => {
    // ada until the 11th: one of Bat, two of Owl; ben until the 12th: three of Owl, one of Fox; cleo until the 15th:
    // all four; eve none.
    const window = { kind: 'since_birth', length: 'P10D' };
    expect(await table('event_rate', { unit: 'P1D' }, { window })).toEqual({
      ada: [3, 0.3, 10],
      ben: [4, 0.4, 10],
      cleo: [4, 0.4, 10],
      eve: [0, 0, 10],
    });
  });
});

describe('users', () => {
  const NINE_DAYS = { kind: 'since_birth', length: 'P9D' };
  const DAY_S = 86_400;

  it('reach two edits in nine days, or do not, or have not had nine days', async () => {
    // ada has one until the 10th at midnight, when the second comes; ben his second at 3 on the 10th, cleo hers on the
    // 11th; eve's days last until the 15th.
    expect(await table('threshold', { n: 2 }, { window: NINE_DAYS, as_of: '2024-01-14' })).toEqual({
      ada: [false, 'never', false, false],
      ben: [true, 8 * DAY_S + 3 * 3_600, false, true],
      cleo: [true, 6 * DAY_S, false, true],
      eve: ['censored', 'censored', true, false],
    });
  });

  it('survive nine days, within two more or ever', async () => {
    // In [10, 12) and [11, 13); the two days of cleo begin on the 14th, those of eve on the 15th.
    const twoDays = { n: 1, sunset: 'P2D' };
    expect(await table('survival', twoDays, { window: NINE_DAYS, as_of: '2024-01-14' })).toEqual({
      ada: [true, false, true],
      ben: [true, false, true],
      cleo: ['censored', true, 'censored'],
      eve: ['censored', true, 'censored'],
    });
    expect(await table('survival', { n: 1 }, { window: NINE_DAYS, as_of: '2024-01-20' })).toEqual({
      ada: [true, false],
      ben: [true, false],
      cleo: [false, false],
      eve: [false, false],
    });
  });

  it('take their time from one edit to another, and from registration', async () => {
    const secondEdit = { first: 1, threshold: 2, unit: 'PT1M' };
    expect(await table('time_to_threshold', secondEdit, { window: JANUARY })).toEqual({
      ada: [1_440, true],
      ben: [120, true],
      cleo: [1_200, true],
      eve: ['never', false],
    });
    const month = { kind: 'since_birth', length: 'P30D' };
    expect(await table('time_to_threshold', { unit: 'PT1H' }, { window: month })).toEqual({
      ada: [8 * 24, true],
      ben: [8 * 24 + 1, true],
      cleo: [5 * 24 + 4, true],
      eve: ['never', false],
    });
    const toLast = { threshold: 'last', unit: 'PT1S' };
    expect(await table('time_to_threshold', toLast, { window: month })).toEqual({
      ada: [12 * DAY_S, false],
      ben: [11 * DAY_S - 0.001, false],
      cleo: [7 * DAY_S + 3_600, false],
      eve: ['never', false],
    });
  });

  it('were blocked, not counting blocks without end', async () => {
    const where = { property: 'until', ne: 'indefinite' };
    expect(await table('occurrence', { event: 'block', where }, { window: JANUARY })).toEqual({
      ada: [false, 0, 'never', 'never', false],
      ben: [true, 2, '2024-01-12T10:00:00.000Z', '2024-01-20T00:00:00.000Z', true],
      cleo: [false, 0, 'never', 'never', false],
      eve: [false, 0, 'never', 'never', false],
    });
  });

  it('registered in the range, its end outside', async () => {
    const window = { kind: 'fixed', from: '2024-01-02', to: '2024-01-06' };
    expect(await table('newly_registered', { event: undefined }, { window })).toEqual({
      ada: [false],
      ben: [true],
      cleo: [true],
      eve: [false],
    });
  });
});
