import type { CompiledQuery } from '../compiled-query.js';
import { textLiteral } from './csv-sql.js';

/** What stands in a column of a table: null where there is none, but for histograms and maps, which are empty then. */
export type FieldType = 'text' | 'integer' | 'number' | 'boolean' | 'instant' | 'histogram';

export interface TableField {
  readonly name: string;
  readonly type: FieldType;
  /** A map of such values by key. */
  readonly byKey: boolean;
}

const TYPES: Readonly<Record<FieldType, string>> = {
  text: 'Nullable(String)',
  integer: 'Nullable(Int64)',
  number: 'Nullable(Float64)',
  boolean: 'Nullable(Bool)',
  instant: "Nullable(DateTime64(3, 'UTC'))",
  // ClickHouse: arrays whose names differ behind a dot would have to be of one length.
  histogram: 'Tuple(edges Array(Float64), counts Array(Float64))',
};

/**
 * A table that is known here and only to be written by the engine, in a format that takes types: a line for each row, a JSON list of its cells. Histograms and maps may
 * be null. The rows stand in the text, as parameters would in the address.
 */
export function compileGivenTable(fields: readonly TableField[], lines: string): CompiledQuery {
  const structure = fields.map(({ name, type, byKey }) => {
    const of = byKey ? `Map(String, ${TYPES[type]})` : TYPES[type];
    return `\`${name.replaceAll(/[`\\]/g, String.raw`\$&`)}\` ${of}`;
  });
  const shape = textLiteral(structure.join(', '));
  // ClickHouse: from a text without a line it would find out the columns, and finds none.
  if (lines === '') return { sql: `SELECT * FROM null(${shape})`, params: {} };
  // ClickHouse: floats are read fast and up to a bit wrong otherwise, and instants only in its own form.
  const sql = `SELECT *
FROM format(JSONCompactEachRow, ${shape}, ${textLiteral(lines)})
SETTINGS precise_float_parsing = 1, date_time_input_format = 'best_effort', input_format_null_as_default = 1`;
  return { sql, params: {} };
}
