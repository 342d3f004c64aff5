import { invalid, pointerTo } from '../failure.js';
import { isObject, listed, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { parseTogether, Problems } from '../problems.js';
import { parseText, textProblem } from '../text.js';
import { formatDuration, parseDuration } from '../time/duration.js';
import { formatInstant, isDate, parseInstant } from '../time/instant.js';
import {
  beyondFilterLimit,
  FILTER_LIMITS,
  OPERATORS,
  TEXT_OPERATORS,
  type FilterSubject,
  type Operator,
  type PropertyTest,
  type PropertyValue,
  type TextOperator,
  type TimeOperand,
} from './filter.js';

/** A test in canonical form, and the name of the property or trait that it tests. */
export interface NamedTest {
  readonly name: string;
  readonly test: PropertyTest;
}

/** A test on one property or trait. `joins` are what else a filter may begin with, named where a field is unknown. */
export function parseTest(
  value: JsonObject,
  subject: FilterSubject,
  joins: readonly string[],
  pointer: string,
): NamedTest {
  refuseUnknownKeys(value, [subject, ...OPERATORS, IGNORE_CASE, ...joins], pointer, `A filter on ${SUBJECTS[subject]}`);
  const [operator, second] = OPERATORS.filter((name) => Object.hasOwn(value, name));
  if (!operator || second) {
    throw invalid(
      'invalid_filter',
      pointer,
      `A test has exactly one operator of ${listed(OPERATORS)}; join several by \`and\`.`,
    );
  }
  const { name, test, folds } = parseTogether({
    name: () => parseName(value[subject], subject, pointerTo(pointer, subject)),
    test: () => parseOperand(operator, value[operator], pointerTo(pointer, operator)),
    folds: () => parseIgnoreCase(operator, value[IGNORE_CASE], pointerTo(pointer, IGNORE_CASE)),
  });
  return { name, test: folds ? { ...test, [IGNORE_CASE]: true } : test };
}

const IGNORE_CASE = 'ignore_case';

function isTextOperator(operator: Operator): operator is TextOperator {
  return TEXT_OPERATORS.some((name) => name === operator);
}

/** Stands beside an operator that looks for a part of a text. False is the default. */
function parseIgnoreCase(operator: Operator, value: unknown, pointer: string): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') {
    throw invalid('invalid_filter', pointer, `\`${IGNORE_CASE}\` is true or false, not ${quoted(value)}.`);
  }
  if (isTextOperator(operator)) return value;
  const detail = `\`${IGNORE_CASE}\` stands beside ${listed(TEXT_OPERATORS)}, not beside \`${operator}\`.`;
  throw invalid('invalid_filter', pointer, detail);
}

const SUBJECTS: Readonly<Record<FilterSubject, string>> = { property: 'event properties', trait: 'traits' };

/** 1 to 200 characters. */
function parseName(value: unknown, subject: FilterSubject, pointer: string): string {
  return parseText(value, { min: 1, max: 200 }, pointer, `The name of a ${subject}`, 'invalid_filter');
}

function parseOperand(operator: Operator, value: unknown, pointer: string): PropertyTest {
  switch (operator) {
    case 'eq':
      return { eq: parseScalar(value, pointer) };
    case 'ne':
      return { ne: parseScalar(value, pointer) };
    case 'in':
      return ofValues(
        parseValues('in', value, pointer),
        (eq) => ({ eq }),
        (values) => ({ in: values }),
      );
    case 'not_in':
      return ofValues(
        parseValues('not_in', value, pointer),
        (ne) => ({ ne }),
        (values) => ({ not_in: values }),
      );
    case 'gt':
      return { gt: parseNumber(value, pointer) };
    case 'gte':
      return { gte: parseNumber(value, pointer) };
    case 'lt':
      return { lt: parseNumber(value, pointer) };
    case 'lte':
      return { lte: parseNumber(value, pointer) };
    case 'exists':
      return { exists: parseExists(value, pointer) };
    case 'contains':
      return { contains: parsePart(operator, value, pointer) };
    case 'starts_with':
      return { starts_with: parsePart(operator, value, pointer) };
    case 'ends_with':
      return { ends_with: parsePart(operator, value, pointer) };
    case 'before':
      return { before: parseTime(operator, value, pointer) };
    case 'after':
      return { after: parseTime(operator, value, pointer) };
  }
}

function ofValues(
  values: readonly PropertyValue[],
  one: (value: PropertyValue) => PropertyTest,
  several: (values: readonly PropertyValue[]) => PropertyTest,
): PropertyTest {
  const [only] = values;
  return values.length === 1 && only !== undefined ? one(only) : several(values);
}

/** A set: sorted and distinct. */
function parseValues(operator: Operator, value: unknown, pointer: string): readonly PropertyValue[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalid(
      'invalid_filter',
      pointer,
      `\`${operator}\` takes a list of at least one text, number or boolean, not ${quoted(value)}.`,
    );
  }
  if (value.length > FILTER_LIMITS.values) throw beyondFilterLimit('values', pointer);
  const problems = new Problems();
  const values = problems.takeEach(value, (item, i) => parseScalar(item, pointerTo(pointer, i)));
  problems.throwIfAny();
  const distinct = new Map(values.map((item) => [JSON.stringify(item), item]));
  return [...distinct.keys()].sort().flatMap((key) => distinct.get(key) ?? []);
}

function parseScalar(value: unknown, pointer: string): PropertyValue {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return parseNumber(value, pointer);
  if (typeof value !== 'string') {
    throw invalid('invalid_filter', pointer, `Compare with a text, a number or a boolean, not ${quoted(value)}.`);
  }
  return checkedText(value, pointer);
}

function parseExists(value: unknown, pointer: string): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid('invalid_filter', pointer, `\`exists\` is true or false, not ${quoted(value)}.`);
}

/** Every text contains the empty one: a test for it is a mistake. */
function parsePart(operator: TextOperator, value: unknown, pointer: string): string {
  if (typeof value === 'string' && value !== '') return checkedText(value, pointer);
  throw invalid(
    'invalid_filter',
    pointer,
    `\`${operator}\` takes a text of at least one character, not ${quoted(value)}.`,
  );
}

/** A date stays a date: it compares with other dates whatever the time zone is. */
function parseTime(operator: 'before' | 'after', value: unknown, pointer: string): TimeOperand {
  if (isObject(value)) {
    refuseUnknownKeys(value, ['last'], pointer, `\`${operator}\``);
    return { last: formatDuration(parseDuration(value['last'], pointerTo(pointer, 'last'))) };
  }
  const ms = parseInstant(value, 'UTC', pointer);
  return typeof value === 'string' && isDate(value) ? value : formatInstant(ms);
}

function checkedText(value: string, pointer: string): string {
  if (value.length > FILTER_LIMITS.text) throw beyondFilterLimit('text', pointer);
  const problem = textProblem(value);
  if (problem) throw invalid('invalid_filter', pointer, `The text ${problem}.`);
  return value;
}

/** Integers beyond 2^53 are not the number that was written, so that two requests could hash alike. -0 is 0. */
function parseNumber(value: unknown, pointer: string): number {
  if (typeof value !== 'number')
    throw invalid('invalid_filter', pointer, `Compare with a number, not ${quoted(value)}.`);
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw invalid('invalid_filter', pointer, 'Give a finite number; integers from -(2^53 - 1) to 2^53 - 1.');
  }
  return value + 0;
}
