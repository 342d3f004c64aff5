/**
 * Ids, hashes and sequence numbers that the compiler keeps apart: at run time each is the plain text or number, so that
 * nothing is wrapped and JSON and SQL see no difference. A value gets its type where it comes in: from a column of an
 * entity, a row of a statement, or a new id; each constructor below is the one place for that.
 */
declare const kind: unique symbol;
type Kind<Value, Name extends string> = Value & { readonly [kind]: Name };

/** SHA-256 of the sorted distinct members of a list, lower-case hex. */
export type SetHash = Kind<string, 'SetHash'>;

export const asSetHash = (text: string): SetHash => text as SetHash;
