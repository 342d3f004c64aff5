import { planRun } from '../../../../src/core/request/plan-run.js';
import type { RunPlan } from '../../../../src/core/request/run-plan.js';
import { canonicalOf, JANUARY, plan } from './planning.js';
import type { RawRequest } from '../../../../src/core/request/raw-request.js';

const DAY = 86_400_000;
const START = { propertyNumber: 7, dataVersion: 42, asOfMs: 1_000 };
const run = (changes: RawRequest): RunPlan => planRun(canonicalOf(changes), START);
const fixed = { kind: 'fixed', from: '1970-01-02', to: '1970-01-03' };

describe('planRun', () => {
  it('holds what the run starts with, and whom and which events it measures', () => {
    expect(run({ params: { event: ['b', 'a'], where: { property: 'x', eq: 1 } } })).toEqual({
      propertyNumber: 7,
      dataVersion: 42,
      asOfMs: 1_000,
      cohort: { kind: 'members', setHash: JANUARY.kind === 'members' && JANUARY.setHash, isGathered: null },
      selector: { event: ['a', 'b'], where: { property: 'x', eq: 1 } },
      metric: { kind: 'event_count' },
      excludes: null,
      window: { kind: 'since_birth', offsetMs: 0, lengthMs: 30 * DAY },
      cells: null,
      breakdown: null,
      birth: { kind: 'registration' },
      births: null,
    });
    expect(run({ cohort: { all: true } }).cohort).toEqual({ kind: 'all' });
  });

  it('reads windows and births as half-open intervals in milliseconds', () => {
    const births = { from: '1970-01-02' };
    expect(run({ window: { kind: 'since_birth', length: 'PT1S', offset: 'P1D', births } })).toMatchObject({
      window: { kind: 'since_birth', offsetMs: DAY, lengthMs: 1_000 },
      births: { fromMs: DAY, toMs: null },
    });
    expect(run({ window: fixed })).toMatchObject({
      window: { kind: 'fixed', fromMs: DAY, toMs: 2 * DAY },
      birth: { kind: 'none' },
      births: null,
    });
    expect(
      run({ window: { ...fixed, births: { to: '1970-01-02' } }, birth: { kind: 'first_event', event: 'x' } }),
    ).toMatchObject({
      birth: { kind: 'first_event', event: ['x'], where: null },
      births: { fromMs: null, toMs: DAY },
    });
  });

  it('plans each metric with its own parameters', () => {
    expect(run({ metric: 'value_sum', params: { value: 'dollars' } }).metric).toEqual({
      kind: 'value_sum',
      value: 'dollars',
    });
    expect(run({ metric: 'threshold', params: { n: 3 } })).toMatchObject({
      metric: { kind: 'threshold', n: 3 },
      window: { lengthMs: 30 * DAY },
    });
    const again = plan({ cohort: 'january', metric: 'threshold' }).canonical;
    expect(planRun(again, START).window).toEqual({ kind: 'since_birth', offsetMs: 0, lengthMs: DAY });
  });

  it('lets survival look after its t, for the sunset or without end', () => {
    const survival = (params: object, window: object): RunPlan => run({ metric: 'survival', params, window });
    const sinceBirth = { kind: 'since_birth', length: 'P30D' };
    expect(survival({ n: 2, sunset: 'P60D' }, sinceBirth)).toMatchObject({
      metric: { kind: 'survival', n: 2, hasSunset: true },
      window: { kind: 'since_birth', offsetMs: 30 * DAY, lengthMs: 60 * DAY },
    });
    expect(survival({}, sinceBirth)).toMatchObject({
      metric: { hasSunset: false },
      window: { offsetMs: 30 * DAY, lengthMs: Infinity },
    });
    expect(survival({ sunset: 'P1D' }, fixed).window).toEqual({ kind: 'fixed', fromMs: 2 * DAY, toMs: 3 * DAY });
    expect(survival({}, fixed).window).toEqual({ kind: 'fixed', fromMs: 2 * DAY, toMs: Infinity });
  });
});
