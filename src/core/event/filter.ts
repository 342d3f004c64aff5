/** A scalar property value; text, finite number and boolean never equal each other ("1" is not 1). */
export type PropertyValue = string | number | boolean;

/**
 * A filter on event properties in canonical form: exactly one operator in a test, nested `and` flattened, operands sorted
 * and distinct, a single operand unwrapped, `in` of one value written as `eq`. Half of the grammar of SEMANTICS (*Shapes*): the operators
 * not listed are refused.
 */
export type Filter =
  | { readonly property: string; readonly eq: PropertyValue }
  | { readonly property: string; readonly in: readonly PropertyValue[] }
  | { readonly property: string; readonly gt: number }
  | { readonly property: string; readonly gte: number }
  | { readonly property: string; readonly lt: number }
  | { readonly property: string; readonly lte: number }
  | { readonly and: readonly Filter[] };

/** Which events: any of the names (null: any name) that pass the filter (null: all). */
export interface EventSelector {
  readonly event: readonly string[] | null;
  readonly where: Filter | null;
}
