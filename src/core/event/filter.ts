/** A scalar property value; text, finite number and boolean never equal each other ("1" is not 1). */
export type PropertyValue = string | number | boolean;

/** The tests of a filter, one operator each. `gt` to `lte` compare numbers; `contains` looks for a case-sensitive part of a text. */
export const OPERATORS = ['eq', 'ne', 'in', 'not_in', 'gt', 'gte', 'lt', 'lte', 'exists', 'contains'] as const;
export type Operator = (typeof OPERATORS)[number];

/** What a test asks of a value. One on an absent property, or on a value of another type, is false; `ne`, `not_in` and `exists: false` are exact negations. */
export type PropertyTest =
  | { readonly eq: PropertyValue }
  | { readonly ne: PropertyValue }
  | { readonly in: readonly PropertyValue[] }
  | { readonly not_in: readonly PropertyValue[] }
  | { readonly gt: number }
  | { readonly gte: number }
  | { readonly lt: number }
  | { readonly lte: number }
  | { readonly exists: boolean }
  | { readonly contains: string };

/** What a filter looks at: the properties of an event, or the current traits of a user. */
export type FilterSubject = 'property' | 'trait';

/** A test on one property or trait, by its name. */
export type TestOn<S extends FilterSubject> = Readonly<Record<S, string>> & PropertyTest;

/**
 * A filter in canonical form: exactly one operator in a test; nested `and` in `and` and `or` in `or` flattened, their operands sorted and
 * distinct, a single operand unwrapped; a list of one value written as `eq` or `ne`; `not` only before what has no opposite of its own.
 */
export type FilterOn<S extends FilterSubject> =
  | TestOn<S>
  | { readonly and: readonly FilterOn<S>[] }
  | { readonly or: readonly FilterOn<S>[] }
  | { readonly not: FilterOn<S> };

/** On the properties of an event. */
export type Filter = FilterOn<'property'>;

/** On the current traits of a user. */
export type TraitFilter = FilterOn<'trait'>;

/** Which events: any of the names (null: any name) that pass the filter (null: all). */
export interface EventSelector {
  readonly event: readonly string[] | null;
  readonly where: Filter | null;
}
