import fc from 'fast-check';
import { aggregatorNames, withAggregators } from '../../src/ask/aggregator-text.js';
import { completed, fittingNames, wordAt } from '../../src/ask/completion.js';
import { firstBody } from '../../src/ask/first-body.js';
import {
  parameterFields,
  parameterValue,
  typedText,
  type ParameterField as Field,
} from '../../src/ask/parameter-fields.js';
import { curlLine, parseBody, pointerOf, valueAt, withValue } from '../../src/ask/request-body.js';
import { bodyOf } from '../../src/text/ask-again.js';
import { flatRule, ruleOf, type Condition } from '../../src/ask/rule.js';

describe('a body that is edited', () => {
  it('gets a value at a path, and loses it with the objects that are empty then', () => {
    const body = { metric: 'event_count', window: { kind: 'fixed', from: '2026-01-01' } };
    expect(withValue(body, ['window', 'births', 'from'], '2025-01-01')).toEqual({
      metric: 'event_count',
      window: { kind: 'fixed', from: '2026-01-01', births: { from: '2025-01-01' } },
    });
    const born = { window: { births: { from: '2025-01-01' } }, metric: 'x' };
    expect(withValue(born, ['window', 'births', 'from'], undefined)).toEqual({ metric: 'x' });
    expect(Object.keys(withValue(body, ['metric'], 'value_sum'))).toEqual(['metric', 'window']);
  });

  it('holds afterwards what was put in, and everything else as it was', () => {
    const names = fc.constantFrom('a', 'b', 'c');
    const tree = fc.letrec((tie) => ({
      node: fc.dictionary(names, fc.oneof({ depthSize: 'small' }, fc.integer(), tie('node'))),
    })).node as fc.Arbitrary<Record<string, unknown>>;
    fc.assert(
      fc.property(tree, fc.array(names, { minLength: 1, maxLength: 3 }), fc.integer(), (body, path, value) => {
        const changed = withValue(body, path, value);
        expect(valueAt(changed, path)).toBe(value);
        const [first] = path;
        for (const name of Object.keys(body)) if (name !== first) expect(changed[name]).toBe(body[name]);
      }),
    );
  });

  it('is written as a line for a shell that keeps quotes, and points into itself', () => {
    const line = curlLine('http://127.0.0.1:3000', 'default', { cohort: { user: "o'hara" } });
    expect(line).toContain(String.raw`{"cohort":{"user":"o'\''hara"}}`);
    expect(pointerOf(['params', 'a/b~c'])).toBe('/params/a~1b~0c');
    expect(() => parseBody('[1]')).toThrow('A request is an object');
  });

  it('begins with a question that the data can answer', () => {
    const event = { name: 'buy', first_seen: '2026-01-01T10:00:00.000Z', last_seen: '2026-02-10T23:00:00.000Z' };
    expect(firstBody([event], 'january')).toMatchObject({
      cohort: 'january',
      window: { from: '2026-01-01', to: '2026-02-11' },
      series: { interval: 'day' },
    });
    expect(firstBody([], { all: true })).toEqual({
      cohort: { all: true },
      metric: 'event_count',
      window: { kind: 'since_birth', length: 'P30D' },
    });
  });
});

describe('an answer that is asked again', () => {
  const resolved = {
    semantics_version: 2,
    cohort: { members: 'ab12' },
    metric: 'threshold',
    params: { event: ['buy'], where: null, n: 2 },
    window: { kind: 'since_birth', length: 'P30D', births: { from: null, to: null } },
    birth: null,
    series: { interval: 'month', by: 'birth', age: null },
    breakdown: [],
    aggregators: ['proportion'],
  };
  const body = {
    metric: 'threshold',
    params: { event: ['buy'], n: 2 },
    window: { kind: 'since_birth', length: 'P30D' },
    series: { interval: 'month', by: 'birth' },
    aggregators: ['proportion'],
  };

  it('is a body without what only resolved requests have, with a saved cohort by its id', () => {
    expect(bodyOf({ request: resolved, cohort: { id: 'coh_1' } })).toEqual({ cohort: 'coh_1', ...body });
    expect(bodyOf({ request: resolved, cohort: { id: null } })).toEqual({ cohort: resolved.cohort, ...body });
    const all = { ...resolved, cohort: { all: true } };
    expect(bodyOf({ request: all, cohort: { id: null } })).toEqual({ cohort: { all: true }, ...body });
  });
});

describe('parameters of a metric', () => {
  const schema = {
    required: ['value'],
    properties: {
      event: { anyOf: [{ type: 'string' }], default: null, description: 'An event.' },
      n: { type: 'integer', default: 1 },
      value: { type: 'string' },
      t: { type: 'string', format: 'duration', default: 'P1D' },
      kind: { enum: ['a', 'b'], default: 'a' },
      ignore: { type: 'boolean', default: true },
      where: { type: ['object', 'null'] },
    },
  };

  it('are fields by their schema, those that must be given first', () => {
    const kinds = parameterFields(schema).map(({ name, kind }) => `${name} ${kind}`);
    expect(kinds).toEqual([
      'value property',
      'event events',
      'n number',
      't duration',
      'kind choice',
      'ignore flag',
      'where json',
    ]);
  });

  it('become values by their kind, and texts again', () => {
    const [value, event, n, , , , where] = parameterFields(schema) as [Field, Field, Field, Field, Field, Field, Field];
    const cases = [
      [event, 'buy', 'buy'],
      [event, 'buy, sell', ['buy', 'sell']],
      [n, '12', 12],
      [n, 'twelve', 'twelve'],
      [value, 'dollars', 'dollars'],
      [where, '{"property":"cds","gte":2}', { property: 'cds', gte: 2 }],
      [where, '{"pro', '{"pro'],
    ] as const;
    for (const [field, typed, expected] of cases) {
      expect(parameterValue(field, typed)).toEqual(expected);
      expect(typedText(field, expected)).toBe(typed);
    }
    expect(parameterValue(n, ' ')).toBeUndefined();
  });
});

describe('aggregators in a line', () => {
  it('are read and written, others than names as JSON', () => {
    const all = ['mean', 'p90', { histogram: { bins: 20 } }, { weighted_rate: { weight: 'n' } }];
    expect(aggregatorNames(all)).toBe('mean, p90, histogram of 20 bins, {"weighted_rate":{"weight":"n"}}');
    expect(withAggregators(aggregatorNames(all))).toEqual(all);
    expect(withAggregators('  ')).toBeUndefined();
    expect(withAggregators('histogram of 5 bin')).toEqual([{ histogram: { bins: 5 } }]);
  });
});

describe('completion of an expression', () => {
  it('is about the name where one types', () => {
    expect(wordAt('january&(buy~x)', 12)).toEqual({ from: 9, to: 12, text: 'buy' });
    expect(completed('january&(buy~x)', 11, 'buyers')).toBe('january&(buyers~x)');
    expect(completed('', 0, 'all')).toBe('all');
  });

  it('proposes names that begin so before those that hold it', () => {
    expect(fittingNames(['old buyers', 'buyers', 'readers'], 'BUY', 5)).toEqual(['buyers', 'old buyers']);
    expect(fittingNames(['a', 'b', 'c'], '', 2)).toEqual(['a', 'b']);
  });
});

describe('the rule builder', () => {
  const text = fc.constantFrom('', 'buy', 'a b');
  const day = fc.constantFrom('', '2026-01-01');
  const condition: fc.Arbitrary<Condition> = fc.oneof(
    fc.record({
      kind: fc.constantFrom('did' as const, 'did_not' as const),
      event: text,
      count: fc.constantFrom('at_least' as const, 'at_most' as const, 'exactly' as const),
      times: fc.constantFrom('0', '1', '12'),
      from: day,
      to: day,
      where: fc.constantFrom('', '{"property":"cds","gte":2}'),
    }),
    fc.record({
      kind: fc.constant('trait' as const),
      trait: fc.constantFrom('country', 'skin'),
      operator: fc.constantFrom('eq', 'gt', 'contains'),
      value: fc.constantFrom('DE', '7', 'true', '["a","b"]'),
    }),
    fc.record({ kind: fc.constant('born' as const), from: day, to: day }),
  );

  it('shows again what it has written', () => {
    const rules = fc.record({
      join: fc.constantFrom('and' as const, 'or' as const),
      conditions: fc.array(condition, { minLength: 2, maxLength: 4 }),
    });
    fc.assert(fc.property(rules, (flat) => expect(flatRule(ruleOf(flat))).toEqual(flat)));
    fc.assert(
      fc.property(condition, (one) => {
        expect(flatRule(ruleOf({ join: 'and', conditions: [one] }))?.conditions).toEqual([one]);
      }),
    );
  });

  it('leaves to JSON what is more than a list of conditions', () => {
    expect(flatRule({ not: { did: {} } })).toBeNull();
    expect(flatRule({ and: [{ did: {} }, { or: [] }] })).toBeNull();
    expect(flatRule({ did: { within: { last: 'P30D' } } })).toBeNull();
    expect(flatRule({ trait: 'a', eq: 'x', ignore_case: true })).toBeNull();
  });
});
