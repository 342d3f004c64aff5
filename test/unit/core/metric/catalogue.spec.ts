import { Ajv2020 } from 'ajv/dist/2020.js';
import { metric as builtIn, metric, parseMetric, METRIC_IDS } from '../../../../src/core/metric/catalogue.js';
import { UNDEFINED_REASONS } from '../../../../src/core/metric/metric.js';
import { refusal } from '../failing.js';
import { plan } from '../request/planning.js';

const JSON_TYPES = {
  number: 'number',
  duration: 'number',
  boolean: 'boolean',
  instant: 'string',
  map: 'object',
  text: 'string',
};
const definitions = METRIC_IDS.map((id) => builtIn(id));

describe.each(definitions)('the catalogue entry of $id', (definition) => {
  const names = definition.columns.map((column) => column.name);

  it('is filed under its id and documents itself', () => {
    expect(metric(definition.id)).toBe(definition);
    for (const text of [definition.title, definition.description, definition.formula])
      expect(text.length).toBeGreaterThan(5);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has parameters that are JSON Schemas with a description, and defaults that fit them', () => {
    const ajv = new Ajv2020({ allowUnionTypes: true, formats: { duration: true } });
    for (const [name, parameter] of Object.entries(definition.parameters)) {
      const validate = ajv.compile(parameter.schema);
      expect(parameter.schema).toHaveProperty('description');
      if (!parameter.required) expect([name, validate(parameter.default)]).toEqual([name, true]);
    }
    const ofEvents = definition.ofRegistrations ? [] : ['event', 'where'];
    expect(Object.keys(definition.parameters)).toEqual(expect.arrayContaining(ofEvents));
  });

  it('says of every column when it is null, in the order of the reasons', () => {
    for (const name of names) {
      const reasons = definition.nullRules.filter((rule) => rule.columns.includes(name)).map((rule) => rule.reason);
      expect(reasons).toEqual([...reasons].sort((a, b) => UNDEFINED_REASONS.indexOf(a) - UNDEFINED_REASONS.indexOf(b)));
      expect(reasons).toContain('unknown_user');
    }
    expect(definition.nullRules.flatMap((rule) => rule.columns).filter((name) => !names.includes(name))).toEqual([]);
  });

  it('has an example that is a valid request with a row for every member', () => {
    const { request, rows } = definition.example;
    expect(plan(request).canonical.metric).toBe(definition.id);
    expect(rows.map((row) => row.user)).toEqual((request['cohort'] as { users: string[] }).users);
  });

  it('has example rows that give each column a value of its type or one of its reasons', () => {
    for (const { values, undefined: reasons } of definition.example.rows) {
      expect(Object.keys(values)).toEqual(names);
      for (const column of plan(definition.example.request).columns) {
        const value = values[column.name];
        const reason = reasons[column.name];
        if (reason === undefined) expect(typeof value).toBe(JSON_TYPES[column.type]);
        else {
          expect(value).toBeNull();
          expect(
            definition.nullRules.some((rule) => rule.reason === reason && rule.columns.includes(column.name)),
          ).toBe(true);
        }
      }
    }
    expect(definition.example.rows.some((row) => Object.keys(row.undefined).length > 0)).toBe(true);
  });
});

describe('parseMetric', () => {
  it('knows every metric', () => {
    expect(METRIC_IDS.map((id) => parseMetric(id, '/metric').id)).toEqual([...METRIC_IDS]);
  });

  it.each([
    [undefined, 'invalid_field'],
    [5, 'invalid_field'],
    ['retention', 'unknown_metric'],
    ['toString', 'unknown_metric'],
    ['__proto__', 'unknown_metric'],
  ])('refuses %p and lists what there is', (value, code) => {
    const refused = refusal(() => parseMetric(value, '/metric'));
    expect(refused).toMatchObject({ code, status: 422, pointers: ['/metric'] });
    for (const id of METRIC_IDS) expect(refused.detail).toContain(`\`${id}\``);
  });
});
