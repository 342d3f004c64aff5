import type { EventSelector, Filter, PropertyTest, PropertyValue } from '../core/event/filter.js';
import type { ParamList } from './param-list.js';

/** Columns of `events`, one for each type of value; a property is in exactly one of them. */
const PROPERTY_MAPS = ['text', 'number', 'flag'] as const;
type PropertyMap = (typeof PROPERTY_MAPS)[number];

/** A condition on a row of `events`: the names and the filter of a selector. `true` where it takes every event. */
export function compileSelector({ event, where }: EventSelector, params: ParamList): string {
  const tests = [...(event ? [compileNames(event, params)] : []), ...(where ? [compileFilter(where, params)] : [])];
  return tests.length === 0 ? 'true' : tests.join(' AND ');
}

/** A condition on a row of `events`, safe to stand between ANDs. Never NULL, so that NOT is an exact negation. */
export function compileFilter(filter: Filter, params: ParamList): string {
  if ('and' in filter) return joined(filter.and, 'AND', params);
  if ('or' in filter) return joined(filter.or, 'OR', params);
  if ('not' in filter) return not(compileFilter(filter.not, params));
  return compileTest(filter.property, filter, params);
}

function compileTest(property: string, of: PropertyTest, params: ParamList): string {
  if ('eq' in of) return isEqual(property, of.eq, params);
  if ('ne' in of) return not(isEqual(property, of.ne, params));
  if ('in' in of) return isOneOf(property, of.in, params);
  if ('not_in' in of) return not(isOneOf(property, of.not_in, params));
  if ('gt' in of) return compare(property, '>', of.gt, params);
  if ('gte' in of) return compare(property, '>=', of.gte, params);
  if ('lt' in of) return compare(property, '<', of.lt, params);
  if ('lte' in of) return compare(property, '<=', of.lte, params);
  if ('exists' in of) return of.exists ? isThere(property, params) : not(isThere(property, params));
  if ('contains' in of) return contains(property, of.contains, params);
  return unknownTest(of);
}

/** The value of a number, not-a-number where the event has no number of that name (stored numbers are finite). */
export function compileNumber(property: string, params: ParamList): string {
  const key = params.add('String', property);
  return `if(mapContains(number, ${key}), number[${key}], nan)`;
}

function compileNames(names: readonly string[], params: ParamList): string {
  const [only] = names;
  if (names.length === 1 && only !== undefined) return `name = ${params.add('String', only)}`;
  return `name IN ${params.add('Array(String)', names)}`;
}

function joined(filters: readonly Filter[], operator: 'AND' | 'OR', params: ParamList): string {
  return `(${filters.map((filter) => compileFilter(filter, params)).join(` ${operator} `)})`;
}

function not(condition: string): string {
  return `(NOT ${condition})`;
}

function isEqual(property: string, value: PropertyValue, params: ParamList): string {
  return test(mapOf(value), property, (stored) => equals(stored, value, params), params);
}

function isThere(property: string, params: ParamList): string {
  const key = params.add('String', property);
  return `(${PROPERTY_MAPS.map((map) => `mapContains(${map}, ${key})`).join(' OR ')})`;
}

// ClickHouse: position() compares bytes, which for UTF-8 finds exactly the same as comparing characters.
function contains(property: string, part: string, params: ParamList): string {
  return test('text', property, (value) => `position(${value}, ${params.add('String', part)}) > 0`, params);
}

function compare(property: string, operator: string, bound: number, params: ParamList): string {
  return test('number', property, (value) => `${value} ${operator} ${params.add('Float64', bound)}`, params);
}

/** One test for each type among the values. */
function isOneOf(property: string, values: readonly PropertyValue[], params: ParamList): string {
  const texts = values.filter((value) => typeof value === 'string');
  const numbers = values.filter((value) => typeof value === 'number');
  const flags = values.filter((value) => typeof value === 'boolean');
  const tests: string[] = [];
  if (texts.length > 0)
    tests.push(test('text', property, (v) => `${v} IN ${params.add('Array(String)', texts)}`, params));
  // ClickHouse: IN compares the bits of floats, and -0 is not 0 to it; has() compares numbers.
  if (numbers.length > 0)
    tests.push(test('number', property, (v) => `has(${params.add('Array(Float64)', numbers)}, ${v})`, params));
  for (const flag of new Set(flags)) tests.push(test('flag', property, (v) => equals(v, flag, params), params));
  return tests.length === 0 ? 'false' : `(${tests.join(' OR ')})`;
}

// ClickHouse: a map gives 0 or '' for a key that it lacks, so its presence is asked first.
function test(map: PropertyMap, property: string, onValue: (value: string) => string, params: ParamList): string {
  const key = params.add('String', property);
  return `(mapContains(${map}, ${key}) AND ${onValue(`${map}[${key}]`)})`;
}

function equals(expression: string, value: PropertyValue, params: ParamList): string {
  switch (typeof value) {
    case 'string':
      return `${expression} = ${params.add('String', value)}`;
    case 'number':
      return `${expression} = ${params.add('Float64', value)}`;
    default:
      return `${expression} = ${value}`;
  }
}

function mapOf(value: PropertyValue): PropertyMap {
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return 'number';
    default:
      return 'flag';
  }
}

function unknownTest(test: never): never {
  throw new Error(`There is no such test: ${JSON.stringify(test)}`);
}
