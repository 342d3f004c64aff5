import type { Column } from '../../src/core/metric/metric.js';
import type { RunPlan, RunTarget } from '../../src/core/request/run-plan.js';
import type { Aggregator } from '../../src/core/statistics/aggregators.js';
import { readAggregateAnswers, type RunAggregates } from '../../src/sql/read-aggregates.js';
import type { AggregateBounds, RunEvaluator } from '../../src/stores/clickhouse/run-evaluator.js';

const UNBOUNDED: AggregateBounds = { groups: () => undefined, bytes: () => undefined, rows: () => undefined };
/** Sums are added in another order. */
const TOLERANCE = 1e-12;

/** What a measured attempt comes to, whatever its size. The same aggregates computed without stored rows must agree. */
export async function aggregatesOf(
  evaluator: RunEvaluator,
  plan: RunPlan,
  target: RunTarget,
  columns: readonly Column[],
  aggregators: readonly Aggregator[],
): Promise<RunAggregates> {
  const stored = await evaluator.aggregates(plan, target, columns, aggregators, UNBOUNDED);
  const read = readAggregateAnswers(stored, columns, aggregators);
  const evaluated = await evaluator.evaluate(
    plan,
    { ...target, attempt: 60_000 },
    { columns, aggregators, bounds: UNBOUNDED },
  );
  if (evaluated.rows === 'computed') {
    const computed = readAggregateAnswers(evaluated.answers, columns, aggregators);
    expectNear(comparable(computed), comparable(read), 'aggregates');
  }
  return read;
}

function comparable({ row, parts, facts }: RunAggregates): unknown {
  const key = ({ cell, code }: RunAggregates['parts'][number]): string => `${String(cell).padStart(9, '0')} ${code}`;
  return { row, facts, parts: parts.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)) };
}

function expectNear(found: unknown, expected: unknown, path: string): void {
  if (typeof found === 'number' && typeof expected === 'number' && Number.isFinite(expected)) {
    const far = Math.abs(found - expected) > TOLERANCE * Math.max(1, Math.abs(expected));
    if (far) throw new Error(`${path}: computed ${found}, from stored rows ${expected}`);
    return;
  }
  if (typeof expected === 'object' && expected !== null && typeof found === 'object' && found !== null) {
    expect(Object.keys(found).toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const [name, value] of Object.entries(expected)) {
      expectNear((found as Readonly<Record<string, unknown>>)[name], value, `${path}.${name}`);
    }
    return;
  }
  expect([path, found]).toEqual([path, expected]);
}
