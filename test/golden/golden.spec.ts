import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { metric as builtIn, METRIC_IDS } from '../../src/core/metric/catalogue.js';
import { compileRunCohort } from '../../src/sql/cohort/compile-cohort.js';
import { aggregatedForm, compileAggregates, type RowsSource } from '../../src/sql/compile-aggregates.js';
import { compileRun } from '../../src/sql/compile-run.js';
import type { CompiledQuery } from '../../src/sql/compiled-query.js';
import { goldenCases, type GoldenCase } from '../support/golden-cases.js';

/** Writes plans and SQL anew instead of comparing them; `npm run format` then formats the plans. */
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';
const TARGET = { runId: 'run_golden', attempt: 1 };

const SOURCES: readonly RowsSource[] = ['computed', 'stored'];

const cases = goldenCases();

describe('golden cases', () => {
  it.each(cases.map((golden) => [golden.name, golden] as const))('%s', (_, golden) => {
    expectPlan(golden);
    expectSql(golden, 'run.sql', compileRun(golden.plan, TARGET));
    expectSql(golden, 'aggregates.sql', aggregates(golden, 'computed'), `-- cells: ${formOf(golden)}\n`);
    expectSql(golden, 'aggregates-of-rows.sql', aggregates(golden, 'stored'));
    for (const cohort of cohorts(golden)) expectSql(golden, 'cohort.sql', cohort);
  });

  it('are compiled to the same text again', () => {
    for (const golden of cases) {
      const plan = structuredClone(golden.plan);
      expect(compileRun(plan, { ...TARGET })).toEqual(compileRun(golden.plan, TARGET));
      expect(cohorts({ ...golden, plan })).toEqual(cohorts(golden));
      for (const source of SOURCES) expect(aggregates({ ...golden, plan }, source)).toEqual(aggregates(golden, source));
    }
  });

  it('number their parameters in order of appearance', () => {
    const compiled = cases.flatMap((golden) => [
      compileRun(golden.plan, TARGET),
      ...SOURCES.map((source) => aggregates(golden, source)),
    ]);
    for (const { sql } of compiled) {
      const names = [...sql.matchAll(/\{(p\d+):/g)].map((match) => match[1]);
      expect([...new Set(names)]).toEqual([...new Set(names)].map((_, i) => `p${i}`));
    }
  });

  it('cover every metric in both windows, of everybody and of a list, every birth, a rule and a set', () => {
    const covered = new Set(
      cases.flatMap(({ plan: { metric, window, cohort, birth } }) => [
        `${metric.kind} ${window.kind}`,
        `${metric.kind} ${cohort.kind}`,
        `${window.kind} ${birth.kind}`,
      ]),
    );
    const ofMetrics = METRIC_IDS.flatMap((id) => {
      const windows = builtIn(id).ofRegistrations || builtIn(id).looksBack ? ['fixed'] : ['fixed', 'since_birth'];
      return [...windows, 'all', 'members'].map((kind) => `${id} ${kind}`);
    });
    const births = ['fixed none', 'fixed registration', 'fixed first_event'];
    const sinceBirth = ['since_birth registration', 'since_birth first_event'];
    const defined = ['event_count definition', 'value_sum definition'];
    expect([...covered].sort()).toEqual([...ofMetrics, ...births, ...sinceBirth, ...defined].sort());
  });
});

function formOf({ plan, columns, canonical }: GoldenCase): string {
  return aggregatedForm(plan, columns, canonical.aggregators);
}

function aggregates({ plan, columns, canonical }: GoldenCase, source: RowsSource): CompiledQuery {
  return compileAggregates(plan, TARGET, columns, canonical.aggregators, source);
}

/** What is worked out before the run, where the cohort is a rule or a set. */
function cohorts({ plan }: GoldenCase): readonly CompiledQuery[] {
  return plan.cohort.kind === 'definition' ? [compileRunCohort(plan.cohort.definition, plan, TARGET)] : [];
}

/** Compared as a value, as it may be formatted. JSON has no infinity: an endless window is written as a text. */
function expectPlan({ plan, folder }: GoldenCase): void {
  const text = JSON.stringify(plan, (_, value: unknown) => (value === Infinity ? 'Infinity' : value), 2);
  const path = join(folder, 'plan.json');
  if (UPDATE) writeFileSync(path, `${text}\n`);
  expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(path, 'utf8')));
}

function expectSql({ folder }: GoldenCase, file: string, { sql, params }: CompiledQuery, heading = ''): void {
  const values = Object.entries(params).map(([name, value]) => `-- ${name} = ${JSON.stringify(value)}\n`);
  const text = `${heading}${sql}\n\n${values.join('')}`;
  const path = join(folder, file);
  if (UPDATE) writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, 'utf8'));
}
