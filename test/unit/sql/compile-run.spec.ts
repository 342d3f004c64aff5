import type { RunPlan } from '../../../src/core/request/run-plan.js';
import { compileRun } from '../../../src/sql/compile-run.js';

const TARGET = { runId: 'run_1', attempt: 2 };
const PLAN: RunPlan = {
  propertyNumber: 1,
  dataVersion: 5,
  asOfMs: 1_000,
  cohort: { kind: 'members', setHash: 'abc', isGathered: null },
  selector: { event: null, where: null },
  metric: { kind: 'event_count' },
  window: { kind: 'fixed', fromMs: 0, toMs: 1_000 },
  cells: null,
  breakdown: null,
  birth: { kind: 'none' },
  births: null,
  excludes: null,
};

describe('compileRun', () => {
  it('writes under the run and the attempt', () => {
    expect(Object.values(compileRun(PLAN, TARGET).params)).toEqual(expect.arrayContaining(['run_1', 2]));
  });

  it('reads events once, and registrations only where they matter', () => {
    const { sql } = compileRun(PLAN, TARGET);
    expect(sql.match(/FROM events\b/g)).toHaveLength(1);
    expect(sql).not.toContain('registration_given');
    expect(compileRun({ ...PLAN, cohort: { kind: 'all' } }, TARGET).sql).toContain('registration_given');
    expect(compileRun({ ...PLAN, birth: { kind: 'registration' } }, TARGET).sql).toContain('registration_given');
  });

  it('keeps of the events what some window can hold', () => {
    const plan: RunPlan = {
      ...PLAN,
      window: { kind: 'since_birth', offsetMs: 10, lengthMs: 100 },
      birth: { kind: 'registration' },
      births: { fromMs: 1_000, toMs: 2_000 },
    };
    const { sql, params } = compileRun(plan, TARGET);
    const bounds = /at_ms >= \{(p\d+):Int64\} AND at_ms < \{(p\d+):Int64\} AS matched/.exec(sql);
    expect([params[bounds?.[1] ?? ''], params[bounds?.[2] ?? '']]).toEqual([1_010, 2_110]);
    expect(compileRun({ ...plan, births: null }, TARGET).sql).toContain('true AS matched');
  });

  it('writes instants that the engine cannot hold as the nearest it can', () => {
    const far = { kind: 'fixed' as const, fromMs: -8.64e15, toMs: 8.64e15 };
    const values = Object.values(compileRun({ ...PLAN, asOfMs: -8.64e15, window: far }, TARGET).params);
    expect(values).toEqual(expect.arrayContaining([-8.64e15, -2_208_988_800_000]));
  });

  it('has no parameter for an end that never comes', () => {
    const endless = { kind: 'fixed' as const, fromMs: 0, toMs: Infinity };
    expect(Object.values(compileRun({ ...PLAN, window: endless }, TARGET).params)).not.toContain(Infinity);
  });

  it.each([
    [20, null],
    [499, 4_000],
    [9_999, 256],
  ])('takes blocks of users that %d cells do not make too large', (count, rows) => {
    const windows = Array.from({ length: count }, (_, i) => ({ fromMs: i, toMs: i + 1 }));
    const { sql } = compileRun({ ...PLAN, cells: { by: 'event_time', windows } }, TARGET);
    const given = /max_block_size = (\d+)/.exec(sql)?.[1] ?? null;
    expect(given && Number(given)).toBe(rows);
  });

  it.each([
    [{ window: { kind: 'since_birth', offsetMs: 0, lengthMs: 1 } }],
    [{ births: { fromMs: 0, toMs: null } }],
  ] as const)('refuses a plan that needs a birth and names none: %j', (part) => {
    expect(() => compileRun({ ...PLAN, ...part }, TARGET)).toThrow('need a birth');
  });
});
