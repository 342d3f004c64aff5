import { canonicalize } from 'json-canonicalize';
import { Failure, invalid, pointerTo } from '../failure.js';
import { isObject, listed, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { Problems } from '../problems.js';
import { parseText, textProblem } from '../text.js';
import type { Filter, PropertyValue } from './filter.js';

/** Far beyond what people write; each keeps a hostile body cheap. Text in UTF-16 units. */
export const FILTER_LIMITS = { depth: 16, filters: 200, values: 1_000, text: 4_096 } as const;

const OPERATORS = ['eq', 'in', 'gt', 'gte', 'lt', 'lte'] as const;
type Operator = (typeof OPERATORS)[number];
const RIGHT = `{"property": name, operator: value} with one of ${listed(OPERATORS)}, or {"and": [filters]}`;

/** Counts all filters of a tree, however nested, valid or not: a hostile list of 50,000 costs as much as one of 200. */
interface Budget {
  filters: number;
}

/**
 * The canonical form of a filter on event properties: nested `and` flattened, operands sorted and distinct, a single one unwrapped, `in` of one value an `eq`.
 * 422: `unknown_field` for an operator that is not there, `invalid_filter` for a value that does not fit, `limit_exceeded` beyond the limits above.
 */
export function parseFilter(value: unknown, pointer: string): Filter {
  return parseNode(value, pointer, 1, { filters: 0 });
}

function parseNode(value: unknown, pointer: string, depth: number, budget: Budget): Filter {
  budget.filters += 1;
  if (budget.filters > FILTER_LIMITS.filters) throw beyond('filters', pointer);
  if (depth > FILTER_LIMITS.depth) throw beyond('depth', pointer);
  if (!isObject(value)) throw invalid('invalid_filter', pointer, `A filter is ${RIGHT}, not ${quoted(value)}.`);
  return 'and' in value ? parseAnd(value, pointer, depth, budget) : parseTest(value, pointer);
}

function parseAnd(value: JsonObject, pointer: string, depth: number, budget: Budget): Filter {
  refuseUnknownKeys(value, ['and'], pointer, 'A filter with `and`');
  const at = pointerTo(pointer, 'and');
  const operands = value['and'];
  if (!Array.isArray(operands) || operands.length === 0) {
    throw invalid('invalid_filter', at, `\`and\` takes a list of at least one filter, not ${quoted(operands)}.`);
  }
  const problems = new Problems();
  const parsed = problems.takeEach(operands, (operand, i) => parseNode(operand, pointerTo(at, i), depth + 1, budget));
  problems.throwIfAny();
  return joined(parsed.flatMap((filter) => ('and' in filter ? filter.and : [filter])));
}

/** Operands that are tests, as one filter. */
function joined(tests: readonly Filter[]): Filter {
  const distinct = new Map(tests.map((test) => [canonicalize(test), test]));
  const sorted = [...distinct.keys()].sort().flatMap((key) => distinct.get(key) ?? []);
  return sorted.length === 1 && sorted[0] ? sorted[0] : { and: sorted };
}

function parseTest(value: JsonObject, pointer: string): Filter {
  refuseUnknownKeys(value, ['property', ...OPERATORS, 'and'], pointer, 'A filter');
  const [operator, second] = OPERATORS.filter((name) => Object.hasOwn(value, name));
  if (!operator || second) {
    throw invalid(
      'invalid_filter',
      pointer,
      `A test has exactly one operator of ${listed(OPERATORS)}; join several by \`and\`.`,
    );
  }
  const problems = new Problems();
  const property = problems.take(() => parsePropertyName(value['property'], pointerTo(pointer, 'property')));
  const test = problems.take(() => parseOperand(operator, value[operator], pointerTo(pointer, operator)));
  if (property === undefined || test === undefined) throw problems.failure();
  return { property, ...test };
}

/** A name of an event property: 1 to 200 characters. */
export function parsePropertyName(value: unknown, pointer: string): string {
  return parseText(value, { min: 1, max: 200 }, pointer, 'The name of a property', 'invalid_filter');
}

type Operand =
  | { eq: PropertyValue }
  | { in: readonly PropertyValue[] }
  | { gt: number }
  | { gte: number }
  | { lt: number }
  | { lte: number };

function parseOperand(operator: Operator, value: unknown, pointer: string): Operand {
  switch (operator) {
    case 'eq':
      return { eq: parseScalar(value, pointer) };
    case 'in':
      return parseIn(value, pointer);
    case 'gt':
      return { gt: parseNumber(value, pointer) };
    case 'gte':
      return { gte: parseNumber(value, pointer) };
    case 'lt':
      return { lt: parseNumber(value, pointer) };
    case 'lte':
      return { lte: parseNumber(value, pointer) };
  }
}

function parseIn(value: unknown, pointer: string): Operand {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalid(
      'invalid_filter',
      pointer,
      `\`in\` takes a list of at least one text, number or boolean, not ${quoted(value)}.`,
    );
  }
  if (value.length > FILTER_LIMITS.values) throw beyond('values', pointer);
  const problems = new Problems();
  const values = problems.takeEach(value, (item, i) => parseScalar(item, pointerTo(pointer, i)));
  problems.throwIfAny();
  const distinct = new Map(values.map((item) => [JSON.stringify(item), item]));
  const sorted = [...distinct.keys()].sort().flatMap((key) => distinct.get(key) ?? []);
  return sorted.length === 1 && sorted[0] !== undefined ? { eq: sorted[0] } : { in: sorted };
}

function parseScalar(value: unknown, pointer: string): PropertyValue {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return parseNumber(value, pointer);
  if (typeof value !== 'string') {
    throw invalid('invalid_filter', pointer, `Compare with a text, a number or a boolean, not ${quoted(value)}.`);
  }
  if (value.length > FILTER_LIMITS.text) throw beyond('text', pointer);
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

function beyond(limit: keyof typeof FILTER_LIMITS, pointer: string): Failure {
  const detail = `A filter may have ${LIMIT_TEXT[limit]}.`;
  return new Failure('limit_exceeded', detail, [{ pointer, detail }], {
    limit: `filter_${limit}`,
    value: FILTER_LIMITS[limit],
  });
}

const LIMIT_TEXT = {
  depth: `at most ${FILTER_LIMITS.depth} levels`,
  filters: `at most ${FILTER_LIMITS.filters} filters, nested ones counted`,
  values: `at most ${FILTER_LIMITS.values} values in one \`in\``,
  text: `texts of at most ${FILTER_LIMITS.text} characters`,
} as const;
