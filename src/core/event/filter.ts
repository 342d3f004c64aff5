import { Failure } from '../failure.js';

/** A scalar property value; text, finite number and boolean never equal each other ("1" is not 1). */
export type PropertyValue = string | number | boolean;

/**
 * The tests of a filter, one operator each. `gt` to `lte` compare numbers; `contains`, `starts_with` and `ends_with`
 * look for a part of a text, case-sensitive unless `ignore_case` stands beside them; `before` and `after` compare texts
 * that are dates or RFC 3339 instants.
 */
export const OPERATORS = [
  'eq',
  'ne',
  'in',
  'not_in',
  'gt',
  'gte',
  'lt',
  'lte',
  'exists',
  'contains',
  'starts_with',
  'ends_with',
  'before',
  'after',
] as const;
export type Operator = (typeof OPERATORS)[number];

/** Operators that look for a part of a text, and take `ignore_case`. */
export const TEXT_OPERATORS = ['contains', 'starts_with', 'ends_with'] as const;
export type TextOperator = (typeof TEXT_OPERATORS)[number];

/** Whether upper and lower case are the same: both sides are compared in upper case (the full mapping of Unicode). */
interface CaseOption {
  readonly ignore_case?: true;
}

/**
 * To what `before` and `after` compare: an RFC 3339 instant in UTC with milliseconds, a date (its first instant in the
 * time zone), or so long before as_of.
 */
export type TimeOperand = string | { readonly last: string };

/**
 * What a test asks of a value. One on an absent property, or on a value of another type, is false; `ne`, `not_in` and
 * `exists: false` are exact negations. `Time`: how the operand of `before` and `after` is written, which a plan
 * resolves (`TimeBound`).
 */
export type PropertyTest<Time = TimeOperand> =
  | { readonly eq: PropertyValue }
  | { readonly ne: PropertyValue }
  | { readonly in: readonly PropertyValue[] }
  | { readonly not_in: readonly PropertyValue[] }
  | { readonly gt: number }
  | { readonly gte: number }
  | { readonly lt: number }
  | { readonly lte: number }
  | { readonly exists: boolean }
  | ({ readonly contains: string } & CaseOption)
  | ({ readonly starts_with: string } & CaseOption)
  | ({ readonly ends_with: string } & CaseOption)
  | { readonly before: Time }
  | { readonly after: Time };

/** Whether the test compares with a number. */
export function comparesNumbers(test: PropertyTest<unknown>): boolean {
  return 'gt' in test || 'gte' in test || 'lt' in test || 'lte' in test;
}

/** What a filter tests: the properties of an event, or the current traits of a user. */
export type FilterSubject = 'property' | 'trait';

/** A test on one property or trait, by its name. */
export type TestOn<S extends FilterSubject, Time = TimeOperand> = Readonly<Record<S, string>> & PropertyTest<Time>;

/**
 * A filter in canonical form: exactly one operator in a test; nested `and` in `and` and `or` in `or` flattened, their
 * operands sorted and distinct, a single operand unwrapped; a list of one value written as `eq` or `ne`; `not` only
 * before what has no opposite of its own.
 */
export type FilterOn<S extends FilterSubject, Time = TimeOperand> =
  | TestOn<S, Time>
  | { readonly and: readonly FilterOn<S, Time>[] }
  | { readonly or: readonly FilterOn<S, Time>[] }
  | { readonly not: FilterOn<S, Time> };

/** On the properties of an event. */
export type Filter<Time = TimeOperand> = FilterOn<'property', Time>;

/** On the current traits of a user. */
export type TraitFilter<Time = TimeOperand> = FilterOn<'trait', Time>;

/** Which events: any of the names (null: any name) that pass the filter (null: all). */
export interface EventSelector<Time = TimeOperand> {
  readonly event: readonly string[] | null;
  readonly where: Filter<Time> | null;
}

/** The traits that a filter tests, each once, sorted. */
export function traitNames<Time>(filter: TraitFilter<Time>): readonly string[] {
  return [...new Set(named(filter))].sort();
}

function named<Time>(filter: TraitFilter<Time>): readonly string[] {
  if ('and' in filter) return filter.and.flatMap((part) => named(part));
  if ('or' in filter) return filter.or.flatMap((part) => named(part));
  return 'not' in filter ? named(filter.not) : [filter.trait];
}

/** Far beyond what people write; each keeps a hostile body cheap. Text in UTF-16 units. */
export const FILTER_LIMITS = { depth: 16, filters: 200, values: 1_000, text: 4_096 } as const;

/** What is beyond a limit: 422 `limit_exceeded` with the limit's name and value. */
export function beyondFilterLimit(limit: keyof typeof FILTER_LIMITS, pointer: string): Failure {
  const detail = `A filter may have ${LIMIT_TEXT[limit]}.`;
  return new Failure('limit_exceeded', detail, [{ pointer, detail }], {
    limit: `filter_${limit}`,
    value: FILTER_LIMITS[limit],
  });
}

const LIMIT_TEXT = {
  depth: `at most ${FILTER_LIMITS.depth} levels`,
  filters: `at most ${FILTER_LIMITS.filters} filters, nested ones counted`,
  values: `at most ${FILTER_LIMITS.values} values in one list`,
  text: `texts of at most ${FILTER_LIMITS.text} characters`,
} as const;
