import {
  requestHash,
  SEMANTICS_VERSION,
  type CanonicalRequest,
} from '../../../../src/core/request/canonical-request.js';
import { readDefinition, refuseUnreadableMetric } from '../../../../src/core/stored/read-definition.js';
import { isOfOldSemantics, readRequest, renewRequest } from '../../../../src/core/stored/read-request.js';
import { readResult, STORED_FORMS } from '../../../../src/core/stored/stored-form.js';

const TODAY = STORED_FORMS.request;
const WINDOW = { kind: 'since_birth', length: 'P7D', offset: 'PT0S', births: { from: null, to: null } };

/** As the first programs stored it. */
const FORM_1 = {
  semantics_version: 1,
  cohort: { all: true },
  metric: 'threshold',
  params: { event: null, where: null, n: 1, t: 'P7D' },
  window: WINDOW,
  birth: { kind: 'registration' },
  aggregators: ['proportion'],
  time_zone: 'UTC',
  week_start: 'monday',
  as_of: '2026-01-01T00:00:00.000Z',
};

const FORM_2 = { ...FORM_1, window: { ...WINDOW, age: 'elapsed' }, series: null, breakdown: [] };

const gone = (stored: string, detail: RegExp = /./) => ({
  code: 'stored_form_unreadable',
  status: 410,
  extra: { stored },
  detail: expect.stringMatching(detail),
});
const thrown = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

describe('readRequest', () => {
  it('brings the first form to the second, with its meaning as it was', () => {
    expect(readRequest(FORM_1, 1)).toEqual(FORM_2);
    expect(
      readRequest({ ...FORM_1, window: { kind: 'fixed', from: '2026-01-01', to: '2026-02-01' } }, 1).window,
    ).toEqual({
      kind: 'fixed',
      from: '2026-01-01',
      to: '2026-02-01',
    });
  });

  it('gives what is in the form of today as it is', () => {
    const stored = { ...FORM_2, semantics_version: SEMANTICS_VERSION };
    expect(readRequest(stored, TODAY)).toBe(stored);
  });

  it.each<[string, unknown, number]>([
    ['a form of a later program', FORM_2, TODAY + 1],
    ['meanings of a later program', { ...FORM_2, semantics_version: SEMANTICS_VERSION + 1 }, TODAY],
    ['no form', FORM_2, 0],
    ['what is no object', 'all', TODAY],
    ['nothing', null, TODAY],
    ['the first form under the number of the second', FORM_1, 2],
    ['a metric that there is not', { ...FORM_2, metric: 'sum_of_all' }, TODAY],
    ['a cohort that is none', { ...FORM_2, cohort: { everybody: true } }, TODAY],
    ['a window that is none', { ...FORM_2, window: { kind: 'rolling' } }, TODAY],
    ['an instant that is none', { ...FORM_2, as_of: 'yesterday' }, TODAY],
  ])('refuses %s as 410', (_, stored, form) => {
    expect(thrown(() => readRequest(stored, form))).toMatchObject(gone('request', /POST it again/));
  });
});

describe('renewRequest', () => {
  it('makes of a request of any form the same one of today, under the hash of today', () => {
    const { canonical, hash } = renewRequest(readRequest(FORM_1, 1));
    expect(canonical).toMatchObject({ ...FORM_2, semantics_version: SEMANTICS_VERSION });
    expect(hash).toBe(requestHash(canonical));
    expect(isOfOldSemantics(canonical)).toBe(false);
    expect(renewRequest(canonical)).toEqual({ canonical, hash });
  });

  it('keeps lists, rules and sets', () => {
    const rule = { rule: { trait: 'country', eq: 'DE' }, universe: { all: true } };
    for (const cohort of [{ members: 'a'.repeat(64) }, rule, { set: { and: [rule, { members: 'b'.repeat(64) }] } }]) {
      expect(renewRequest(readRequest({ ...FORM_2, cohort }, 2)).canonical.cohort).toEqual(cohort);
    }
  });

  it('tells what today refuses as 410', () => {
    const stored = { ...readRequest(FORM_1, 1), params: { ...FORM_1.params, n: -1 } } as CanonicalRequest;
    expect(thrown(() => renewRequest(stored))).toMatchObject(gone('request', /earlier version .*n.*POST it again/));
  });
});

describe('readResult', () => {
  const aggregates = { reached: { n: 1, n_undefined: 0, undefined: {} } };
  const first = {
    columns: [{ name: 'reached' }],
    aggregates,
    cohort_size: 1,
    observed_to: null,
    warnings: [],
    attempt: 1,
    timings: {},
  };

  it('brings the first form to the second', () => {
    expect(readResult(first)).toEqual({ ...first, form: 1, series: null, breakdown: null });
    expect(readResult({ ...first, series: [], breakdown: null })).toMatchObject({ form: 2, series: [] });
  });

  it.each([
    ['a form of a later program', { ...first, form: STORED_FORMS.result + 1 }],
    ['what is no object', []],
    ['one without aggregates', { ...first, aggregates: null }],
    ['counts that are none', { ...first, aggregates: { reached: null } }],
  ])('refuses %s as 410', (_, stored) => {
    expect(thrown(() => readResult(stored))).toMatchObject(gone('result', /"cache": "refresh"/));
  });
});

describe('what cohorts and named metrics are made of', () => {
  const behaviour = { did: { event: ['buy'], where: null, at_least: 1, within: null } };

  it('is read as it stands', () => {
    const rule = {
      rule: { and: [behaviour, { not: { born: { from: null, to: null, birth: { kind: 'registration' } } } }] },
      universe: { all: true },
    };
    for (const stored of [rule, { set: { except: [rule, { cohort: 'coh_1' }, { members: 'a' }] } }]) {
      expect(readDefinition(stored, STORED_FORMS.definition)).toBe(stored);
    }
    expect(refuseUnreadableMetric({ builtIn: 'value_sum', fixed: {}, defaults: {}, form: 1 })).toBeUndefined();
  });

  it.each<[unknown, number]>([
    [{ rule: behaviour, universe: { all: true } }, STORED_FORMS.definition + 1],
    [{ rule: behaviour }, 1],
    [{ rule: { nobody: true }, universe: { all: true } }, 1],
    [{ set: { xor: [{ all: true }] } }, 1],
    [{ set: { and: [{ cohort: 7 }] } }, 1],
    [null, 1],
  ])('is 410 where it is %j of form %i', (stored, form) => {
    expect(thrown(() => readDefinition(stored, form))).toMatchObject(gone('definition', /PUT the cohort/));
  });

  it.each([
    { builtIn: 'gone', fixed: {}, defaults: {}, form: 1 },
    { builtIn: 'value_sum', fixed: [], defaults: {}, form: 1 },
    { builtIn: 'value_sum', fixed: {}, defaults: {}, form: STORED_FORMS.named_metric + 1 },
  ])('is 410 of a metric like %j', (stored) => {
    expect(thrown(() => refuseUnreadableMetric(stored))).toMatchObject(gone('named_metric', /PUT the metric/));
  });
});
