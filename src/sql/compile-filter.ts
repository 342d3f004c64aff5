import type { EventSelector, Filter, PropertyValue } from '../core/event/filter.js';
import type { ParamList } from './param-list.js';

/** Columns of `events`, one for each type of value; a property is in exactly one of them. */
type PropertyMap = 'text' | 'number' | 'flag';

/** A condition on a row of `events`: the names and the filter of a selector. `true` where it takes every event. */
export function compileSelector({ event, where }: EventSelector, params: ParamList): string {
  const tests = [...(event ? [compileNames(event, params)] : []), ...(where ? [compileFilter(where, params)] : [])];
  return tests.length === 0 ? 'true' : tests.join(' AND ');
}

/** A condition on a row of `events`, safe to stand between ANDs. */
export function compileFilter(filter: Filter, params: ParamList): string {
  if ('and' in filter) return filter.and.length === 0 ? 'true' : all(filter.and, params);
  if ('eq' in filter) return test(mapOf(filter.eq), filter.property, (v) => equals(v, filter.eq, params), params);
  if ('in' in filter) return isOneOf(filter.property, filter.in, params);
  if ('gt' in filter) return compare(filter.property, '>', filter.gt, params);
  if ('gte' in filter) return compare(filter.property, '>=', filter.gte, params);
  if ('lt' in filter) return compare(filter.property, '<', filter.lt, params);
  if ('lte' in filter) return compare(filter.property, '<=', filter.lte, params);
  return unknownFilter(filter);
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

function all(filters: readonly Filter[], params: ParamList): string {
  return `(${filters.map((filter) => compileFilter(filter, params)).join(' AND ')})`;
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

function unknownFilter(filter: never): never {
  throw new Error(`There is no such filter: ${JSON.stringify(filter)}`);
}
