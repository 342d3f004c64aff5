import { addMetric, metric } from '../../../src/core/metric/catalogue.js';
import type { MetricExample } from '../../../src/core/metric/metric.js';
import { planRequest, type PlannedRequest } from '../../../src/core/request/plan-request.js';
import { planRun } from '../../../src/core/request/plan-run.js';
import { readsOf } from '../../../src/core/request/freshness.js';
import { addMetricSql } from '../../../src/sql/metrics/catalogue.js';
import { userRow } from '../../../src/results/user-row.dto.js';
import { RunEvaluator } from '../../../src/stores/clickhouse/run-evaluator.js';
import { RunValuesStore } from '../../../src/stores/clickhouse/run-values-store.js';
import { VALUE_RANGE } from '../../support/added-metric/value-range.js';
import { VALUE_RANGE_SQL } from '../../support/added-metric/value-range-sql.js';
import { aggregatesOf } from '../../support/aggregates-of.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';
import { exampleWorld } from '../../support/golden-cases.js';
import { inlineCohort } from '../../support/inline-cohort.js';
import { writeWorld } from '../../support/oracle/engine-world.js';

const NOW_MS = Date.parse('2024-03-01T00:00:00Z');
const { request, rows } = VALUE_RANGE.example;

/** What docs/adding-a-metric.md says: a file in each of the two rooms, and a line in each of the two catalogues. */
describe('a metric that is added', () => {
  let test: TestEngine;
  let store: RunValuesStore;
  let evaluator: RunEvaluator;
  const { resolved: cohort, lists } = inlineCohort(request['cohort']);

  const plan = (changes: object = {}): PlannedRequest =>
    planRequest({ ...request, ...changes }, { timeZone: 'UTC', weekStart: 'monday', cohort }, NOW_MS);

  beforeAll(async () => {
    addMetric(VALUE_RANGE);
    addMetricSql(VALUE_RANGE_SQL);
    test = await startTestEngine();
    store = new RunValuesStore(test.engine);
    evaluator = new RunEvaluator(test.engine);
    const [[hash, members] = ['', []]] = lists;
    await writeWorld(test.engine, 1, hash, { ...exampleWorld(VALUE_RANGE.example), members });
  });

  afterAll(() => test.stop());

  it('is known by its id, once', () => {
    expect(metric('value_range')).toBe(VALUE_RANGE);
    expect(() => addMetric(VALUE_RANGE)).toThrow('There is a metric value_range already');
    expect(() => addMetricSql(VALUE_RANGE_SQL)).toThrow('The metric value_range has SQL already');
  });

  it('has its parameters checked', () => {
    expect(() => plan({ params: {} })).toThrow('`value` must be given');
    expect(plan().canonical.params).toEqual({ event: ['edit'], where: null, value: 'bytes' });
  });

  it.each([
    ['of facts', {}, 0],
    ['of arrays', { series: { interval: 'month', by: 'event_time' } }, 1],
  ])('is measured %s', async (_, changes, points) => {
    const { canonical, columns } = plan(changes);
    const run = planRun(canonical, { propertyNumber: 1, dataVersion: 1, asOfMs: NOW_MS });
    const target = { runId: `run_${points}`, attempt: 1 };
    await evaluator.measure(run, target);
    const stored = await store.page(target, null, 100);
    expect(stored.map((row) => userRow(columns, row))).toEqual(rows.map(asUserRow));
    const { row, parts } = await aggregatesOf(evaluator, run, target, columns, canonical.aggregators);
    expect(row.columns).toMatchObject([{ n: 2, mean: 65, min: 0, max: 130 }]);
    expect(parts).toHaveLength(points);
  });

  it('says what its answers depend on', () => {
    const january = { fromDay: 19_723, toDay: 19_753 };
    const facts = { unknownUsers: false, usersWithoutBirth: false };
    expect(readsOf(plan().canonical, facts)).toMatchObject({ eventDays: january, traits: false });
  });
});

/** A value that is undefined is not among the values. */
function asUserRow({ values, ...rest }: MetricExample['rows'][number]): object {
  return { ...rest, values: Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) };
}
