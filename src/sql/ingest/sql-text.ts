/** A ClickHouse string literal. */
export function literal(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replaceAll('\0', '\\0').replaceAll('\t', '\\t')}'`;
}

/** A regular expression as RE2 reads it, written as one of JavaScript. Only what both understand alike. */
export function pattern(regex: RegExp): string {
  return literal(regex.source);
}

/** The text of a JSON string as it stands in JSON, quotes included. */
export function unquoted(raw: string): string {
  return `if(position(${raw}, '\\\\') = 0, substring(${raw}, 2, length(${raw}) - 2), JSONExtractString(${raw}))`;
}

/** `/base/name` as a JSON Pointer; a long name is cut. */
export function pointer(base: string, name: string): string {
  return `concat(${literal(`${base}/`)}, replaceAll(replaceAll(leftUTF8(${name}, 200), '~', '~0'), '/', '~1'))`;
}

/** Named expressions, as they stand after WITH. */
export type Definitions = readonly (readonly [name: string, expression: string])[];

export function withClause(definitions: Definitions): string {
  return `WITH\n  ${definitions.map(([name, expression]) => `${expression} AS ${name}`).join(',\n  ')}`;
}
