import { readPurchases, toEvent, usersByFirstMonth, type Purchase } from '../../src/cli/demo/cdnow-data.js';
import { COHORTS, COHORT_QUESTIONS, EVERYBODY_QUESTIONS } from '../../src/cli/demo/questions.js';
import type { PropertyClient } from '../../packages/client/src/index.js';
import { CDNOW_TABLE, PUBLISHED_TOLERANCE } from '../support/cdnow-table.js';
import { readSummary, SUMMARY_DAYS, SUMMARY_LAST_DAY_MS } from '../support/cdnow/published-summary.js';
import type { ToldPoint } from '../support/oracle/compare-answer.js';
import { type RunningMuster, runMuster } from '../support/running-muster.js';

const WEEK_MS = 7 * 86_400_000;
const PURCHASE = { event: 'purchase' };

/** Customers by the month of their first purchase, and how many of them bought in it and in each of the next five. */
const COHORT_TABLE: Readonly<Record<string, readonly number[]>> = {
  '1997-01': [7_846, 1_157, 964, 810, 679, 736],
  '1997-02': [8_476, 1_312, 980, 783, 847, 786],
  '1997-03': [7_248, 1_032, 752, 756, 674, 564],
};

describe('CDNOW through the API', () => {
  const purchases = readPurchases();
  let muster: RunningMuster;
  let cdnow: PropertyClient;

  beforeAll(async () => {
    muster = await runMuster();
    cdnow = muster.client.property('default');
  });
  afterAll(async () => {
    await muster.stop();
  });

  it('takes every purchase once, also when they are sent twice', async () => {
    const first = await cdnow.sendEvents(purchases.map(toEvent));
    expect(first).toMatchObject({ accepted: 69_659, duplicates: 0, rejected: 0 });
    const again = await cdnow.sendEvents(purchases.map(toEvent));
    expect(again).toMatchObject({ accepted: 0, duplicates: 69_659, rejected: 0 });
  });

  it.each(EVERYBODY_QUESTIONS.map((q) => [q.id, q] as const))('answers %s as published', async (id, question) => {
    const answer = await cdnow.ask(question.request);
    const expected = CDNOW_TABLE[id];
    expect(expected).toBeDefined();
    for (const [column, figures] of Object.entries(expected ?? {})) {
      expectFigures(flat(answer.aggregates?.[column]), figures);
    }
    expect(answer.cohort.size).toBe(23_570);
  });

  it('interpolates quantiles exactly, to the bit, between the values it gives', async () => {
    const question = EVERYBODY_QUESTIONS.find(({ id }) => id === 'dollars');
    const answer = await cdnow.ask({ ...question?.request, aggregators: ['median', 'p1', 'p90', 'p99.9'] });
    const values: number[] = [];
    for await (const row of cdnow.values(answer.id)) values.push(Number(row.values['net']));
    values.sort((a, b) => a - b);
    expect(values).toHaveLength(23_570);
    const { median, p1, p90, 'p99.9': p999 } = flat(answer.aggregates?.['net']);
    const levels = [0.5, 0.01, 0.9, 0.999];
    expect([median, p1, p90, p999]).toEqual(levels.map((level) => quantile(values, level)));
  });

  it('gives each monthly cohort the mean of its own members', async () => {
    const months = usersByFirstMonth(purchases);
    for (const { name, month } of COHORTS) {
      const users = months.get(month) ?? [];
      await cdnow.createCohort({ name, static: { users } });
    }
    for (const [i, question] of COHORT_QUESTIONS.entries()) {
      const members = new Set(months.get(COHORTS[i]?.month ?? ''));
      const answer = await cdnow.ask(question.request);
      const spent = dollarsInFirst30Days(purchases, members);
      expect(answer.cohort.size).toBe(members.size);
      expect(answer.aggregates?.['net']).toMatchObject({ n: members.size, n_undefined: 0 });
      const mean = [...spent.values()].reduce((a, b) => a + b, 0) / members.size;
      expectFigures(flat(answer.aggregates?.['net']), { mean });
      expect(answer.aggregates?.['net']?.['max']).toBeCloseTo(Math.max(...spent.values()), 9);
    }
  });

  it('gives the monthly cohort table by calendar age, as published', async () => {
    const points = seriesOf(
      await cdnow.ask(cohortTable({ metric: 'threshold', params: PURCHASE, as_of: '1998-07-01' })),
    );
    const positives = points.map(({ aggregates }) => aggregates['reached']?.['proportion'] as { positives: number });
    expect(rowsOf(points, (_, i) => positives[i]?.positives)).toEqual(COHORT_TABLE);
    expect(points.every(({ complete }) => complete)).toBe(true);
    // Every cell of a row is over the customers of its month.
    for (const { label, aggregates } of points) {
      expect(aggregates['reached']).toMatchObject({ n: COHORT_TABLE[label]?.[0], n_undefined: 0 });
    }
    expect(points[7]).toMatchObject({
      from: '1997-02-01T00:00:00.000Z',
      to: '1997-03-01T00:00:00.000Z',
      label: '1997-02',
      age: 1,
    });
  });

  it('marks the cells of the table that are not over, and tells nothing of those in them', async () => {
    const requested = cohortTable({ metric: 'threshold', params: PURCHASE, as_of: '1997-06-15' });
    const points = seriesOf(await cdnow.ask(requested));
    const over = { '1997-01': 5, '1997-02': 4, '1997-03': 3 };
    expect(rowsOf(points, ({ complete }) => complete)).toEqual(
      Object.fromEntries(Object.entries(over).map(([label, n]) => [label, [0, 1, 2, 3, 4, 5].map((age) => age < n)])),
    );
    for (const { label, complete, aggregates } of points) {
      const size = COHORT_TABLE[label]?.[0] ?? NaN;
      const observed = complete ? { n: size, undefined: {} } : { n: 0, undefined: { censored: size } };
      expect(aggregates['reached']).toMatchObject(observed);
    }
  });

  it('gives the dollars of each month by calendar age', async () => {
    const requested = { metric: 'value_sum', params: { ...PURCHASE, value: 'dollars' }, as_of: '1998-07-01' };
    const points = seriesOf(await cdnow.ask(cohortTable({ ...requested, aggregators: ['sum'] })));
    const reported = rowsOf(points, ({ aggregates }) => Math.round(Number(aggregates['net']?.['sum']) * 100));
    expect(reported).toEqual(centsByMonthAndAge(purchases));
  });

  it('reproduces the published summary of 2,357 customers', async () => {
    const summary = readSummary();
    const requested = {
      cohort: { users: summary.map(({ user }) => user) },
      window: SUMMARY_DAYS,
      as_of: '1998-07-01',
    };
    const valuesOf = async (metric: string, params: object, column: string): Promise<Map<string, unknown>> => {
      const answer = await cdnow.ask({ ...requested, metric, params: { event: 'purchase', ...params } });
      const values = new Map<string, unknown>();
      for await (const row of cdnow.values(answer.id)) values.set(row.user, row.values[column]);
      return values;
    };
    const days = await valuesOf('distinct_count', { property: '$day' }, 'count');
    const weeks = await valuesOf('time_to_threshold', { first: 1, threshold: 'last', unit: 'P7D' }, 'duration');
    const first = await valuesOf('occurrence', {}, 'first');
    expect([days.size, weeks.size, first.size]).toEqual([2_357, 2_357, 2_357]);
    const measured = summary.map(({ user }) => ({
      user,
      frequency: Number(days.get(user)) - 1,
      recency: published(Number(weeks.get(user))),
      age: published((SUMMARY_LAST_DAY_MS - Date.parse(String(first.get(user)))) / WEEK_MS),
    }));
    expect(measured).toEqual(summary);
  });

  it('answers from the cache when asked again', async () => {
    const [question] = EVERYBODY_QUESTIONS;
    const answer = await cdnow.ask(question?.request ?? {});
    expect(answer).toMatchObject({ cached: true, stale: false, status: 'succeeded' });
  });
});

/** Everybody by the month of the first purchase and by calendar months from it. */
function cohortTable(requested: object): Readonly<Record<string, unknown>> {
  return {
    cohort: { all: true },
    window: {
      kind: 'since_birth',
      age: 'calendar',
      length: 'P6M',
      births: { from: '1997-01-01', to: '1997-04-01' },
    },
    birth: { kind: 'first_event', ...PURCHASE },
    series: { interval: 'month', by: 'birth', age: 'P1M' },
    ...requested,
  };
}

function seriesOf(answer: object): readonly ToldPoint[] {
  const { series } = answer as { series?: readonly ToldPoint[] };
  return series ?? [];
}

/** By the label of the slice, in the order of ages. */
function rowsOf<T>(points: readonly ToldPoint[], tell: (point: ToldPoint, i: number) => T): Record<string, T[]> {
  const rows: Record<string, T[]> = {};
  points.forEach((point, i) => {
    const row = (rows[point.label] ??= []);
    expect(point.age).toBe(row.length);
    row.push(tell(point, i));
  });
  return rows;
}

function centsByMonthAndAge(all: readonly Purchase[]): Record<string, number[]> {
  const rows: Record<string, number[]> = {};
  for (const [month, users] of usersByFirstMonth(all)) {
    const members = new Set(users);
    const row = (rows[month] = [0, 0, 0, 0, 0, 0]);
    for (const { user, date, dollars } of all) {
      const age = monthNumber(date) - monthNumber(month);
      if (members.has(user) && age < row.length) row[age] = (row[age] ?? 0) + Math.round(dollars * 100);
    }
  }
  return rows;
}

/** Of a date or month in ISO 8601. */
function monthNumber(date: string): number {
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7));
}

/** To two decimals. Weeks are whole sevenths, so that none lies halfway. */
function published(weeks: number): number {
  return Number(weeks.toFixed(2));
}

/** Aggregates with the members of `proportion` beside the others. */
function flat(aggregates: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  return { ...aggregates, ...(aggregates?.['proportion'] as Record<string, unknown> | undefined) };
}

function expectFigures(actual: Record<string, unknown>, figures: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(figures)) {
    if (Number.isInteger(value)) expect([name, actual[name]]).toEqual([name, value]);
    else expect(Math.abs(Number(actual[name]) - value)).toBeLessThan(PUBLISHED_TOLERANCE);
  }
}

/** R type 7 over sorted values. */
function quantile(sorted: readonly number[], level: number): number {
  const h = level * (sorted.length - 1) + 1;
  const k = Math.floor(h);
  const low = sorted[k - 1] ?? NaN;
  return low + (h - k) * ((sorted[k] ?? low) - low);
}

function dollarsInFirst30Days(
  all: ReturnType<typeof readPurchases>,
  members: ReadonlySet<string>,
): Map<string, number> {
  const born = new Map<string, number>();
  for (const p of all) born.set(p.user, Math.min(born.get(p.user) ?? Infinity, Date.parse(p.date)));
  const spent = new Map([...members].map((user) => [user, 0]));
  for (const p of all) {
    const age = Date.parse(p.date) - (born.get(p.user) ?? 0);
    if (members.has(p.user) && age < 30 * 86_400_000) spent.set(p.user, (spent.get(p.user) ?? 0) + p.dollars);
  }
  return spent;
}
