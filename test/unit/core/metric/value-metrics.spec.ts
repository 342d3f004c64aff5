import { metric as builtIn } from '../../../../src/core/metric/catalogue.js';
import { parseParams } from '../../../../src/core/metric/parse-params.js';
import type { CanonicalParams } from '../../../../src/core/request/canonical-request.js';
import { refusal } from '../failing.js';

const countBy = (params: unknown): CanonicalParams => parseParams(builtIn('count_by'), params, '/params');

describe('the parameters of count_by', () => {
  it('make a sorted set of the texts of the values', () => {
    const params = countBy({ property: 'ns', values: ['x', 1, '1', true, -0, 0.1, 'x'] });
    expect(params['values']).toEqual(['0', '0.1', '1', 'true', 'x']);
    expect(countBy(params)).toEqual(params);
    expect(countBy({ property: 'ns' })['values']).toBeNull();
  });

  it.each([
    [{}, '/params/property'],
    [{ property: 5 }, '/params/property'],
    [{ property: 'ns', values: 'x' }, '/params/values'],
    [{ property: 'ns', values: [] }, '/params/values'],
    [{ property: 'ns', values: [['x']] }, '/params/values/0'],
    [{ property: 'ns', values: [null] }, '/params/values/0'],
    [{ property: 'ns', values: ['x', 2 ** 53] }, '/params/values/1'],
    [{ property: 'ns', values: ['\uD800'] }, '/params/values/0'],
  ])('refuse %j', (params, pointer) => {
    expect(refusal(() => countBy(params))).toMatchObject({ code: 'invalid_field', status: 422, pointers: [pointer] });
  });

  it('have a limit of values', () => {
    const values = Array.from({ length: 1001 }, (_, i) => i);
    expect(countBy({ property: 'ns', values: values.slice(1) })['values']).toHaveLength(1000);
    expect(refusal(() => countBy({ property: 'ns', values }))).toMatchObject({
      code: 'limit_exceeded',
      pointers: ['/params/values'],
    });
  });
});

describe('the parameters of distinct_count', () => {
  it.each([[{}], [{ property: 1 }], [{ property: '' }], [{ property: ['a'] }]])('refuse %j', (params) => {
    const refused = refusal(() => parseParams(builtIn('distinct_count'), params, '/params'));
    expect(refused).toMatchObject({ code: 'invalid_field', pointers: ['/params/property'] });
  });
});
