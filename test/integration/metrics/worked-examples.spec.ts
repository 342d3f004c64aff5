import { metric as builtIn, METRIC_IDS } from '../../../src/core/metric/catalogue.js';
import type { Column } from '../../../src/core/metric/metric.js';
import { userRow } from '../../../src/results/user-row.dto.js';
import { RunEvaluator } from '../../../src/stores/clickhouse/run-evaluator.js';
import { RunValuesStore, type RunValuesRow } from '../../../src/stores/clickhouse/run-values-store.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';
import {
  exampleWorld,
  goldenCases,
  goldenWorld,
  planned,
  type ExpectedRow,
  type PlannedCase,
} from '../../support/golden-cases.js';
import type { AskedJson } from '../../support/oracle/arbitrary-cohort.js';
import { writeWorld } from '../../support/oracle/engine-world.js';
import { oracleCohort } from '../../support/oracle/oracle-cohort.js';
import { oracle, type OracleRow } from '../../support/oracle/oracle.js';
import type { World } from '../../support/oracle/world.js';

let test: TestEngine;
let store: RunValuesStore;
let evaluator: RunEvaluator;
let runs = 0;

beforeAll(async () => {
  test = await startTestEngine();
  store = new RunValuesStore(test.engine);
  evaluator = new RunEvaluator(test.engine);
});

afterAll(() => test.stop());

describe('golden cases on the engine', () => {
  const { world, dataVersion } = goldenWorld();

  beforeAll(() => writeWorld(test.engine, 1, 'unused', { ...world, members: [] }));

  it.each(goldenCases().map((golden) => [golden.name, golden] as const))('%s', async (_, golden) => {
    const { plan, request } = golden;
    const isDefined = plan.cohort.kind === 'definition';
    const requested = isDefined
      ? oracleCohort({ ...world, members: [], lists: [] }, request.cohort as AskedJson, plan)
      : null;
    expect(plan.dataVersion).toBe(dataVersion);
    await expectRows({ ...golden, members: requested ?? golden.members }, world, 1, golden.rows);
  });
});

describe('the examples of the catalogue', () => {
  it.each(METRIC_IDS.map((id, i) => [id, i + 2] as const))('%s', async (id, propertyNumber) => {
    const { example } = builtIn(id);
    const world = exampleWorld(example);
    await writeWorld(test.engine, propertyNumber, 'unused', { ...world, members: [] });
    await expectRows(planned(example.request, 1), world, propertyNumber, example.rows as ExpectedRow[]);
  });
});

/** The engine gives the rows that were worked out by hand; so does the oracle, which has to be right in other tests. */
async function expectRows(
  { plan, columns, members, lists }: PlannedCase,
  world: Omit<World, 'members'>,
  propertyNumber: number,
  expected: readonly ExpectedRow[],
): Promise<void> {
  const ofProperty = { ...plan, propertyNumber };
  for (const [hash, users] of lists) {
    await writeWorld(test.engine, propertyNumber, hash, { events: [], changes: [], members: users });
  }
  const target = { runId: `run_${(runs += 1)}`, attempt: 1 };
  await evaluator.measure(ofProperty, target);
  const stored = await store.page(target, null, 100);
  expect(stored.map((row) => shown(columns, row))).toEqual(expected);
  const naive = oracle({ ...world, members: members ?? [] }, ofProperty).map(storedForm);
  expect(naive.map((row) => shown(columns, row))).toEqual(expected);
}

/** Every column among the values, null where it has none. */
function shown(columns: readonly Column[], stored: RunValuesRow): ExpectedRow {
  const row = userRow(columns, stored);
  const values = columns.map(({ name }) => [name, row.values[name] ?? null]);
  return { ...row, values: Object.fromEntries(values) };
}

function storedForm({ user, columns, maps }: OracleRow): RunValuesRow {
  return {
    user,
    maps: maps ?? [],
    numbers: columns.map((outcome) => ('value' in outcome ? outcome.value : 0)),
    reasons: columns.map((outcome) => ('reason' in outcome ? outcome.reason : '')),
  };
}
