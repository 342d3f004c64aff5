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

/**
 * A filter on event properties in canonical form: exactly one operator in a test; nested `and` in `and` and `or` in `or` flattened, their operands sorted and
 * distinct, a single operand unwrapped; a list of one value written as `eq` or `ne`; `not` only before what has no opposite of its own.
 */
export type Filter =
  | ({ readonly property: string } & PropertyTest)
  | { readonly and: readonly Filter[] }
  | { readonly or: readonly Filter[] }
  | { readonly not: Filter };

/** Which events: any of the names (null: any name) that pass the filter (null: all). */
export interface EventSelector {
  readonly event: readonly string[] | null;
  readonly where: Filter | null;
}
