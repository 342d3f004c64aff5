import { METRIC_IDS } from '../../../../../src/core/metric/catalogue.js';
import { parseNamedMetric } from '../../../../../src/core/metric/named/parse-named-metric.js';
import { unknownMetric } from '../../../../../src/core/metric/named/metric-name.js';
import { refusal } from '../../failing.js';

const BYTES = { name: 'bytes_added', metric: 'value_sum', fixed: { event: 'edit', value: 'bytes' } };

describe('the body of a named metric', () => {
  it('is read with its parameters in canonical form', () => {
    const parsed = parseNamedMetric(
      {
        name: 'back_soon',
        title: 'Back soon',
        description: 'Back within a week.',
        metric: 'survival',
        fixed: { event: ['view', 'edit', 'view'], t: 'PT168H', sunset: null },
        defaults: { n: 2, where: { not: { property: 'bot', eq: true } } },
      },
      null,
    );
    expect(parsed).toMatchObject({ name: 'back_soon', title: 'Back soon', description: 'Back within a week.' });
    expect(parsed.definition.id).toBe('survival');
    expect(parsed.fixed).toEqual({ event: ['edit', 'view'], t: 'P7D', sunset: null });
    expect(parsed.defaults).toEqual({ n: 2, where: { property: 'bot', ne: true } });
  });

  it('takes title and description from the built-in where they are not given', () => {
    const { title, description, defaults } = parseNamedMetric(BYTES, null);
    expect([title, description, defaults]).toEqual([
      'Value sum',
      'What a numeric property of the events adds up to for each user in the window.',
      {},
    ]);
  });

  it('need not say the name of the metric that it changes, and cannot change it', () => {
    expect(parseNamedMetric({ metric: 'event_count' }, 'edits').name).toBe('edits');
    expect(parseNamedMetric({ name: 'edits', metric: 'event_count' }, 'edits').name).toBe('edits');
    expect(refusal(() => parseNamedMetric({ name: 'other', metric: 'event_count' }, 'edits'))).toMatchObject({
      code: 'invalid_field',
      pointers: ['/name'],
    });
  });

  it.each<[string, object, string, string[]]>([
    ['a name that is missing', { name: undefined }, 'invalid_field', ['/name']],
    ['a name that is no text', { name: 5 }, 'invalid_field', ['/name']],
    ['a name in upper case', { name: 'Bytes' }, 'invalid_field', ['/name']],
    ['a name that begins with a digit', { name: '1st' }, 'invalid_field', ['/name']],
    ['a name with a hyphen', { name: 'bytes-added' }, 'invalid_field', ['/name']],
    ['a name that is too long', { name: 'x'.repeat(65) }, 'invalid_field', ['/name']],
    ['a name of the form of an id', { name: 'met_01jd0a1b2c3d4e5f6g7h8j9k0m' }, 'invalid_field', ['/name']],
    ...METRIC_IDS.map((id): [string, object, string, string[]] => [id, { name: id }, 'invalid_field', ['/name']]),
    ['a title that is no text', { title: 5 }, 'invalid_field', ['/title']],
    ['an empty title', { title: '' }, 'invalid_field', ['/title']],
    ['a title that is too long', { title: 'x'.repeat(201) }, 'invalid_field', ['/title']],
    ['a title with a NUL', { title: 'a\0b' }, 'invalid_field', ['/title']],
    ['a long description', { description: 'x'.repeat(2_001) }, 'invalid_field', ['/description']],
    ['a metric that is missing', { metric: undefined }, 'invalid_field', ['/metric']],
    ['a metric that there is not', { metric: 'sum' }, 'unknown_metric', ['/metric']],
    ['fixed that is no object', { fixed: [1] }, 'invalid_field', ['/fixed']],
    ['defaults that are no object', { defaults: 'x' }, 'invalid_field', ['/defaults']],
    ['a parameter that there is not', { fixed: { n: 1 } }, 'unknown_field', ['/fixed/n']],
    ['a default that there is not', { defaults: { window: 1 } }, 'unknown_field', ['/defaults/window']],
    ['a value of a wrong type', { fixed: { value: 5 } }, 'invalid_field', ['/fixed/value']],
    ['a value that cannot be null', { fixed: { value: null } }, 'invalid_field', ['/fixed/value']],
    ['an event of a wrong type', { defaults: { event: 5 } }, 'invalid_field', ['/defaults/event']],
    ['a wrong filter', { defaults: { where: { property: 'a', like: 1 } } }, 'unknown_field', ['/defaults/where/like']],
    [
      'a duration with months',
      { metric: 'survival', fixed: { t: 'P1M' }, defaults: { sunset: 'P1Y' } },
      'invalid_time',
      ['/fixed/t', '/defaults/sunset'],
    ],
    ['a number out of range', { metric: 'threshold', fixed: { n: 0 } }, 'invalid_field', ['/fixed/n']],
    ['a number that is null', { metric: 'threshold', fixed: { n: null } }, 'invalid_field', ['/fixed/n']],
    [
      'a parameter fixed and with a default',
      { fixed: { value: 'a' }, defaults: { value: 'b' } },
      'invalid_field',
      ['/defaults/value'],
    ],
    [
      'parameters that are not fine together',
      { metric: 'time_to_threshold', fixed: { first: 3 }, defaults: { threshold: 2 } },
      'invalid_field',
      ['/defaults/threshold'],
    ],
    [
      'a parameter that does not go with a default of the built-in',
      { metric: 'time_to_threshold', fixed: { first: 3 } },
      'invalid_field',
      ['/defaults/threshold'],
    ],
    [
      'too many values',
      { metric: 'count_by', fixed: { property: 'page', values: Array.from({ length: 1_001 }, (_, i) => i) } },
      'limit_exceeded',
      ['/fixed/values'],
    ],
    ['an unknown field', { version: 3 }, 'unknown_field', ['/version']],
  ])('is refused: %s', (_, change, code, pointers) => {
    const body = { ...BYTES, fixed: {}, ...change };
    expect(refusal(() => parseNamedMetric(body, null))).toMatchObject({ code, status: 422, pointers });
  });

  it.each([[[]], ['text'], [5], [null], [undefined]])('is an object, not %j', (body) => {
    expect(refusal(() => parseNamedMetric(body, null))).toMatchObject({ code: 'invalid_field', pointers: [''] });
  });

  it('is told everything that is wrong at once', () => {
    const body = { nme: 'x', metric: 'value_sum', title: 1, fixed: { n: 1, value: 5 }, defaults: { where: 1 } };
    expect(refusal(() => parseNamedMetric(body, null)).pointers).toEqual([
      '/nme',
      '/name',
      '/title',
      '/fixed/n',
      '/fixed/value',
      '/defaults/where',
    ]);
  });
});

describe('a metric that there is not', () => {
  it('is answered with the nearest name and those that there are', () => {
    const { code, errors, detail } = unknownMetric('bytes_aded', ['bytes_added', 'edit_count'], '/metric');
    expect([code, errors[0]?.pointer]).toEqual(['unknown_metric', '/metric']);
    expect(detail).toMatch(/^There is no metric "bytes_aded"\. Did you mean "bytes_added"\? Its own are/);
    expect(detail).toContain('`bytes_added`, `edit_count`');
    expect(detail).toContain('`event_count`, `value_sum`');
  });

  it('is not likened to what is far from it', () => {
    expect(unknownMetric('xyz', [], '/metric').detail).toMatch(
      /^There is no metric "xyz"\. The built-in ones are `event_count`/,
    );
  });

  it('is answered shortly by a property with many', () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `metric_${i}`);
    expect(unknownMetric('x'.repeat(1e6), names, '/metric').detail.length).toBeLessThan(2_000);
    expect(unknownMetric('xyz', names, '/metric').detail).toContain('and 950 more');
  });
});
