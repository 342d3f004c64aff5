import type { CompiledQuery, ParamList } from '../compiled-query.js';
import { csvLineSql, csvNumberSql, csvTextSql, instantText, textLiteral, type CsvStyle } from './csv-sql.js';

/** A column of a list: texts that came from outside, words of ours, numbers, instants as UTC milliseconds. */
export interface ListColumn {
  readonly name: string;
  readonly type: 'text' | 'word' | 'integer' | 'number' | 'instant';
  /** Whether it may be NULL. */
  readonly nullable: boolean;
}

/** A list that the engine has, whole and in order. */
export interface ExportedList {
  readonly columns: readonly ListColumn[];
  /** A SELECT that gives the columns by their names. */
  rows(params: ParamList): string;
  /** The column by which it is sorted. */
  readonly order: string;
  /** Settings beyond those of every list, without a comma before them. */
  readonly settings: string | null;
}

/** A list that is also read page by page: its order is a tuple of `keys` texts, after which a page goes on. */
export interface PagedList extends ExportedList {
  readonly keys: number;
}

/** Little of it is held at a time: what does not come in order is sorted on the disk. */
const SETTINGS = [
  'max_threads = 2',
  'read_in_order_use_buffering = 0',
  'max_block_size = 16384',
  'max_bytes_before_external_sort = 100000000',
].join(', ');

/** As a table with types, for Parquet and Arrow. */
export function compileListTable(list: ExportedList, params: ParamList): CompiledQuery {
  const fields = list.columns.map((column) => `${typed(column)} AS ${quotedName(column)}`);
  return select(list, fields.join(', '), params);
}

/** The lines as CSV without the header, for the format RawBLOB: what is NULL is empty. */
export function compileListCsv(list: ExportedList, style: CsvStyle, params: ParamList): CompiledQuery {
  const cells = list.columns.map((column) => orElse(column, `''`, csvCell(column, style)));
  return select(list, csvLineSql(cells, style), params);
}

/** The lines as NDJSON, for the format RawBLOB. */
export function compileListJson(list: ExportedList, params: ParamList): CompiledQuery {
  const members = list.columns.map((column, i) => {
    const key = textLiteral(`${i === 0 ? '{' : ','}${JSON.stringify(column.name)}:`);
    return `${key}, ${orElse(column, `'null'`, jsonValue(column))}`;
  });
  return select(list, `concat(${members.join(', ')}, '}\\n')`, params);
}

/**
 * At most `limit` rows after the place `after` (null: from the first), each column by its name; numbers and instants are
 * floats, as 64-bit integers may become text in JSON.
 */
export function compileListPage(
  list: PagedList,
  after: readonly string[] | null,
  limit: number,
  params: ParamList,
): CompiledQuery {
  const cells = list.columns.map((column) => {
    const isText = column.type === 'text' || column.type === 'word';
    return `${isText ? nameOf(column) : `toFloat64(${nameOf(column)})`} AS ${quotedName(column)}`;
  });
  const rows = list.rows(params);
  const later =
    after && `\nWHERE list.\`${list.order}\` > tuple(${after.map((part) => params.add('String', part)).join(', ')})`;
  const sql = `SELECT ${[...cells, `list.\`${list.order}\` AS list_place`].join(', ')}
FROM (${rows}) AS list${later ?? ''}
ORDER BY list_place
LIMIT ${params.add('UInt32', limit)}
SETTINGS ${[SETTINGS, ...(list.settings === null ? [] : [list.settings])].join(', ')}`;
  return { sql, params: params.values };
}

/** ClickHouse: it writes `\/` in JSON otherwise. */
function select({ rows, order, settings }: ExportedList, what: string, params: ParamList): CompiledQuery {
  const sql = `SELECT ${what}
FROM (${rows(params)}) AS list
ORDER BY list.\`${order}\`
SETTINGS ${[SETTINGS, 'output_format_json_escape_forward_slashes = 0', ...(settings === null ? [] : [settings])].join(', ')}`;
  return { sql, params: params.values };
}

function typed(column: ListColumn): string {
  if (column.type === 'instant') return `fromUnixTimestamp64Milli(${nameOf(column)}, 'UTC')`;
  const type = { integer: 'Int64', number: 'Float64', text: 'String', word: 'String' }[column.type];
  return `CAST(${nameOf(column)}, '${column.nullable ? `Nullable(${type})` : type}')`;
}

function csvCell(column: ListColumn, style: CsvStyle): string {
  switch (column.type) {
    case 'text':
      return csvTextSql(nameOf(column), style);
    case 'number':
      return csvNumberSql(`toString(${nameOf(column)})`, style);
    case 'instant':
      return instantText(nameOf(column));
    default:
      return `toString(${nameOf(column)})`;
  }
}

function jsonValue(column: ListColumn): string {
  switch (column.type) {
    case 'text':
      return `toJSONString(${nameOf(column)})`;
    case 'word':
      return `concat('"', toString(${nameOf(column)}), '"')`;
    case 'instant':
      return `concat('"', ${instantText(nameOf(column))}, '"')`;
    case 'integer':
    case 'number':
      return `toString(${nameOf(column)})`;
  }
}

function orElse({ nullable }: ListColumn, none: string, text: string): string {
  return nullable ? `ifNull(${text}, ${none})` : text;
}

function nameOf(column: ListColumn): string {
  return `list.${quotedName(column)}`;
}

function quotedName({ name }: ListColumn): string {
  return `\`${name}\``;
}

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
  // ClickHouse: arrays whose names differ after a dot would have to be of one length.
  histogram: 'Tuple(edges Array(Float64), counts Array(Float64))',
};

/**
 * A table that is known here and only to be written by the engine, in a format that takes types: a line for each row, a
 * JSON list of its cells. Histograms and maps may be null. The rows stand in the text, as parameters would in the
 * address.
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
