/**
 * Every member of a union that the API names, in the order of the record. The compiler refuses a record that misses a
 * member, or has one that the API has not.
 */
export function everyOf<T extends string>(members: Readonly<Record<T, unknown>>): readonly T[] {
  return Object.keys(members) as T[];
}
