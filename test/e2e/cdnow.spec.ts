import { readPurchases, toEvent, usersByFirstMonth } from '../../src/cli/demo/cdnow-data.js';
import { COHORTS, COHORT_QUESTIONS, EVERYBODY_QUESTIONS } from '../../src/cli/demo/questions.js';
import type { PropertyClient } from '../../packages/client/src/index.js';
import { CDNOW_TABLE, PUBLISHED_TOLERANCE } from '../support/cdnow-table.js';
import { type RunningMuster, runMuster } from '../support/running-muster.js';

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

  it('answers from the cache when asked again', async () => {
    const [question] = EVERYBODY_QUESTIONS;
    const answer = await cdnow.ask(question?.request ?? {});
    expect(answer).toMatchObject({ cached: true, stale: false, status: 'succeeded' });
  });
});

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
