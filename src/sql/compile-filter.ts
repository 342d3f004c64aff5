import type { Filter, PropertyTest, PropertyValue } from '../core/event/filter.js';
import type { PlannedSelector, TimeBound } from '../core/event/time-bound.js';
import { int64Ms, type ParamList } from './compiled-query.js';

/**
 * The types of values, named as the maps of `events` and `user_changes` that hold them; a property is in exactly one of
 * these.
 */
export type ValueType = 'text' | 'number' | 'flag';

/** Where a test finds the value that it is about. Its conditions are never NULL. */
export interface TestedValue {
  /** There is one, of whatever type. */
  isThere(params: ParamList): string;
  /** It is of this type, and `onValue` holds of it. */
  test(type: ValueType, onValue: (value: string) => string, params: ParamList): string;
}

/** A condition on a row of `events`: the names and the filter of a selector. `true` where it takes every event. */
export function compileSelector({ event, where }: PlannedSelector, params: ParamList): string {
  const tests = [...(event ? [compileNames(event, params)] : []), ...(where ? [compileFilter(where, params)] : [])];
  return tests.length === 0 ? 'true' : tests.join(' AND ');
}

/** A condition on a row of `events`, safe to stand between ANDs. Never NULL, so that NOT is an exact negation. */
export function compileFilter(filter: Filter<TimeBound>, params: ParamList): string {
  if ('and' in filter)
    return joined(
      filter.and.map((part) => compileFilter(part, params)),
      'AND',
    );
  if ('or' in filter)
    return joined(
      filter.or.map((part) => compileFilter(part, params)),
      'OR',
    );
  if ('not' in filter) return not(compileFilter(filter.not, params));
  return compileTest(filter, propertyOf(filter.property), params);
}

/** What a test asks of a value. */
export function compileTest(of: PropertyTest<TimeBound>, value: TestedValue, params: ParamList): string {
  if ('eq' in of) return isEqual(value, of.eq, params);
  if ('ne' in of) return not(isEqual(value, of.ne, params));
  if ('in' in of) return isOneOf(value, of.in, params);
  if ('not_in' in of) return not(isOneOf(value, of.not_in, params));
  if ('gt' in of) return compare(value, '>', of.gt, params);
  if ('gte' in of) return compare(value, '>=', of.gte, params);
  if ('lt' in of) return compare(value, '<', of.lt, params);
  if ('lte' in of) return compare(value, '<=', of.lte, params);
  if ('exists' in of) return of.exists ? value.isThere(params) : not(value.isThere(params));
  if ('contains' in of) return hasPart(value, of.contains, of, CONTAINS, params);
  if ('starts_with' in of) return hasPart(value, of.starts_with, of, STARTS_WITH, params);
  if ('ends_with' in of) return hasPart(value, of.ends_with, of, ENDS_WITH, params);
  if ('before' in of) return comparesTime(value, '<', of.before, params);
  if ('after' in of) return comparesTime(value, '>', of.after, params);
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

export function joined(conditions: readonly string[], operator: 'AND' | 'OR'): string {
  return `(${conditions.join(` ${operator} `)})`;
}

export function not(condition: string): string {
  return `(NOT ${condition})`;
}

function isEqual(value: TestedValue, to: PropertyValue, params: ParamList): string {
  return value.test(typeOf(to), (stored) => equals(stored, to, params), params);
}

type PartTest = (text: string, part: string) => string;

// ClickHouse: these compare bytes, which for UTF-8 finds exactly the same as comparing characters.
const CONTAINS: PartTest = (text, part) => `position(${text}, ${part}) > 0`;
const STARTS_WITH: PartTest = (text, part) => `startsWith(${text}, ${part})`;
const ENDS_WITH: PartTest = (text, part) => `endsWith(${text}, ${part})`;

// Upper case and not lower: it does not depend on the place of a letter (the Greek sigma has two lower forms).
function hasPart(
  value: TestedValue,
  part: string,
  { ignore_case: ignoresCase }: { readonly ignore_case?: true },
  test: PartTest,
  params: ParamList,
): string {
  const folded = (text: string): string => (ignoresCase === true ? `upperUTF8(${text})` : text);
  return value.test('text', (stored) => test(folded(stored), folded(params.add('String', part))), params);
}

const DATE_FORM = String.raw`^\\d{4}-\\d{2}-\\d{2}$`;
const INSTANT_FORM = String.raw`^\\d{4}-\\d{2}-\\d{2}[Tt]([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?([Zz]|[+-]([01]\\d|2[0-3]):[0-5]\\d)$`;

// ClickHouse: the best-effort reader gives NULL for days that do not exist. It takes far more forms than dates and RFC
// 3339 instants, so the form is tested first.
function comparesTime(value: TestedValue, operator: '<' | '>', bound: TimeBound, params: ParamList): string {
  const byDate = operator === '<' ? '<' : '>=';
  return value.test(
    'text',
    (stored) => {
      const at = `parseDateTime64BestEffortOrNull(upper(${stored}), 3, 'UTC')`;
      const date = `${stored} ${byDate} ${params.add('String', bound.date)} AND ${at} IS NOT NULL`;
      const instant = `ifNull(toUnixTimestamp64Milli(${at}) ${operator} ${int64Ms(bound.ms, params)}, false)`;
      return `multiIf(match(${stored}, '${DATE_FORM}'), ${date}, match(${stored}, '${INSTANT_FORM}'), ${instant}, false)`;
    },
    params,
  );
}

function compare(value: TestedValue, operator: string, bound: number, params: ParamList): string {
  return value.test('number', (stored) => `${stored} ${operator} ${params.add('Float64', bound)}`, params);
}

/** One test for each type among the values. */
function isOneOf(value: TestedValue, values: readonly PropertyValue[], params: ParamList): string {
  const texts = values.filter((item) => typeof item === 'string');
  const numbers = values.filter((item) => typeof item === 'number');
  const flags = values.filter((item) => typeof item === 'boolean');
  const tests: string[] = [];
  if (texts.length > 0) {
    tests.push(value.test('text', (stored) => `${stored} IN ${params.add('Array(String)', texts)}`, params));
  }
  // ClickHouse: IN compares the bits of floats, and -0 is not 0 to it; has() compares numbers.
  if (numbers.length > 0) {
    tests.push(value.test('number', (stored) => `has(${params.add('Array(Float64)', numbers)}, ${stored})`, params));
  }
  for (const flag of new Set(flags)) tests.push(value.test('flag', (stored) => equals(stored, flag, params), params));
  return tests.length === 0 ? 'false' : joined(tests, 'OR');
}

// ClickHouse: a map gives 0 or '' for a key that it lacks, so its presence is tested first.
function propertyOf(property: string): TestedValue {
  return {
    isThere: (params) => hasProperty(property, params),
    test: (type, onValue, params) => {
      const key = params.add('String', property);
      return `(mapContains(${type}, ${key}) AND ${onValue(`${type}[${key}]`)})`;
    },
  };
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

function typeOf(value: PropertyValue): ValueType {
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

// ClickHouse: texts of doubles are those of JavaScript but for the plus in 1e+21.
const NUMBER_TEXT = (number: string): string => `replaceRegexpOne(toString(${number} + 0), 'e([0-9])', 'e+\\\\1')`;

/** A condition on a row of `events`: it has the property, of whatever type. */
export function hasProperty(property: string, params: ParamList): string {
  const key = params.add('String', property);
  return `(mapContains(text, ${key}) OR mapContains(number, ${key}) OR mapContains(flag, ${key}))`;
}

/** The text of the value, as JSON spells numbers and booleans; of an event that has the property. */
export function valueText(property: string, params: ParamList): string {
  const key = params.add('String', property);
  return `multiIf(mapContains(text, ${key}), text[${key}], mapContains(number, ${key}), ${NUMBER_TEXT(`number[${key}]`)}, flag[${key}], 'true', 'false')`;
}

/**
 * The type and the text of the value under a key that is there: `t`, `n` or `b`, then as `valueText`. No two values
 * have one.
 */
export function typedText(key: string): string {
  return `multiIf(mapContains(text, ${key}), concat('t', text[${key}]), mapContains(number, ${key}), concat('n', ${NUMBER_TEXT(`number[${key}]`)}), flag[${key}], 'btrue', 'bfalse')`;
}

/**
 * A hash of the value and its type, to count distinct values; -0 is 0. A number is hashed by its bits: its text would
 * take several times as long.
 */
export function valueHash(property: string, params: ParamList): string {
  const key = params.add('String', property);
  const typed = `multiIf(mapContains(text, ${key}), sipHash128('t', text[${key}]), mapContains(number, ${key}), sipHash128('n', number[${key}] + 0), sipHash128('b', flag[${key}]))`;
  return `reinterpretAsUInt128(${typed})`;
}

/** The local day of the event, as a number of the same type. */
export function dayNumber(timeZone: string, params: ParamList): string {
  return `toUInt128(toYYYYMMDD(time, ${params.add('String', timeZone)}))`;
}
