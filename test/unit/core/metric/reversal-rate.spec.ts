import { metric as builtIn } from '../../../../src/core/metric/catalogue.js';
import { parseParams } from '../../../../src/core/metric/parse-params.js';
import { planRun } from '../../../../src/core/request/plan-run.js';
import { readsOf } from '../../../../src/core/request/freshness.js';
import { refusal } from '../failing.js';
import { canonicalOf } from '../request/planning.js';

const parse = (value: unknown): unknown => parseParams(builtIn('reversal_rate'), value, '/params');
const BOTH = { object: 'page', content: 'sha1' };

describe('the parameters of reversal_rate', () => {
  it('have the documented defaults', () => {
    const params = { event: null, where: null, ...BOTH, look_ahead: 15, look_back: 15, ignore_self: true };
    expect(parse(BOTH)).toEqual(params);
    expect(parse(params)).toEqual(params);
    expect(parse({ ...BOTH, ignore_self: false })).toEqual({ ...params, ignore_self: false });
  });

  it.each([
    [{ content: 'sha1' }, 'invalid_field', '/params/object'],
    [{ object: 'page' }, 'invalid_field', '/params/content'],
    [{ ...BOTH, object: '' }, 'invalid_field', '/params/object'],
    [{ ...BOTH, object: 5 }, 'invalid_field', '/params/object'],
    [{ ...BOTH, object: ['page'] }, 'invalid_field', '/params/object'],
    [{ ...BOTH, object: 'a\0' }, 'invalid_field', '/params/object'],
    [{ ...BOTH, content: null }, 'invalid_field', '/params/content'],
    [{ ...BOTH, content: 'x'.repeat(201) }, 'invalid_field', '/params/content'],
    [{ ...BOTH, look_ahead: 0 }, 'invalid_field', '/params/look_ahead'],
    [{ ...BOTH, look_ahead: 1_001 }, 'invalid_field', '/params/look_ahead'],
    [{ ...BOTH, look_ahead: '15' }, 'invalid_field', '/params/look_ahead'],
    [{ ...BOTH, look_back: 0.5 }, 'invalid_field', '/params/look_back'],
    [{ ...BOTH, look_back: -1 }, 'invalid_field', '/params/look_back'],
    [{ ...BOTH, ignore_self: 'true' }, 'invalid_field', '/params/ignore_self'],
    [{ ...BOTH, ignore_self: 1 }, 'invalid_field', '/params/ignore_self'],
    [{ ...BOTH, t: 'P1D' }, 'unknown_field', '/params/t'],
  ])('are refused: %j', (value, code, pointer) => {
    expect(refusal(() => parse(value))).toMatchObject({ code, status: 422, pointers: [pointer] });
  });
});

describe('a request for reversal_rate', () => {
  const window = { kind: 'fixed', from: '2024-01-01', to: '2024-02-01' };
  const requested = { metric: 'reversal_rate', params: { ...BOTH, ignore_self: false, look_back: 3 }, window };

  it('is planned with its parameters', () => {
    const { metric } = planRun(canonicalOf(requested), { propertyNumber: 1, dataVersion: 1, asOfMs: 0 });
    expect(metric).toEqual({
      kind: 'reversal_rate',
      object: 'page',
      content: 'sha1',
      lookAhead: 15,
      lookBack: 3,
      ignoreSelf: false,
    });
  });

  it('reads the events of every day before as_of', () => {
    const settled = { unknownUsers: false, usersWithoutBirth: false };
    expect(readsOf(canonicalOf(requested), settled).eventDays).toEqual({ fromDay: null, toDay: null });
    expect(readsOf(canonicalOf({ ...requested, as_of: '1970-01-11' }), settled).eventDays).toEqual({
      fromDay: null,
      toDay: 9,
    });
  });
});
