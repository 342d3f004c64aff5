import { formatInstant } from '../../core/time/instant.js';
import type { SeriesPoint } from '../../core/series/series-cells.js';
import { ParamList, type CompiledQuery } from '../compiled-query.js';
import {
  csvLineSql,
  csvNumberSql,
  csvText,
  csvTextSql,
  instantText,
  quotedSql,
  textLiteral,
  type CsvStyle,
} from './csv-sql.js';
import {
  IN_ORDER,
  isInNoSlice,
  isPoint,
  lookText,
  rowsWhere,
  shownCells,
  valuesOf,
  type ExportedRun,
  type ExportedSeries,
  type ValueSql,
  look,
} from './user-columns.js';
import type { RunTarget } from '../../core/request/run-plan.js';

/**
 * The lines of per-user values as CSV without the header, for the format RawBLOB: the same cells as `compileUserTable`,
 * an undefined value empty, a map a JSON text, instants RFC 3339.
 */
export function compileUserCsv({ target, columns, series }: ExportedRun, style: CsvStyle): CompiledQuery {
  const params = new ParamList();
  const values = valuesOf(columns);
  const cells = [
    csvTextSql('user_id', style),
    ...(series ? pointCells(series, style, params) : []),
    ...values.map((value) => csvValue(value, style)),
    ...values.map(({ reason }) => `toString(${reason})`),
  ];
  return lines(csvLineSql(cells, style), (params) => shownCells(series, params), target, params);
}

/** The lines of per-user values as NDJSON, for the format RawBLOB: a user each, as the pages of JSON have them. */
export function compileUserJson({ target, columns, series }: ExportedRun): CompiledQuery {
  const params = new ParamList();
  const reported = toldValues(valuesOf(columns));
  const user = `concat('{"user":', toJSONString(user_id), ',', ${reported}`;
  if (!series) return lines(`${user}, '}\\n')`, () => 'cell = 0', target, params);
  const piece = `if(cell = 0,
    ${user}, if(${isInNoSlice(series)}, ',"slices":[]}\\n', ',"slices":[')),
    concat(${sliceStart(series, params)}, ${reported}, ${sliceEnd(series, params)}))`;
  return lines(piece, (params) => `(cell = 0 OR ${isPoint(series, params)})`, target, params);
}

/** ClickHouse: it writes `\/` in JSON otherwise. */
function lines(
  piece: string,
  cells: (params: ParamList) => string,
  target: ExportedRun['target'],
  params: ParamList,
): CompiledQuery {
  const sql = `SELECT ${piece}
FROM run_values
WHERE ${rowsWhere(target, cells(params), params)}
${IN_ORDER}, output_format_json_escape_forward_slashes = 0`;
  return { sql, params: params.values };
}

function sliceStart({ points }: ExportedSeries, params: ParamList): string {
  return lookText(points, ({ slice, age }) => `{"from":"${formatInstant(slice.fromMs)}","age":${age},`, params);
}

/** A user has the points of all slices by event time, and of one slice by birth: the last of them ends the line. */
function sliceEnd({ by, points }: ExportedSeries, params: ParamList): string {
  const isLast = ({ slice }: SeriesPoint, i: number): boolean => {
    const next = points[i + 1];
    return next === undefined || (by === 'birth' && next.slice !== slice);
  };
  return lookText(points, (point, i) => (isLast(point, i) ? '}]}\n' : '},'), params);
}

/** `"values":{…},"undefined":{…}` */
function toldValues(values: readonly ValueSql[]): string {
  const key = ({ column }: ValueSql): string => textLiteral(`${JSON.stringify(column.name)}:`);
  const present = values.map((value) => `if(${value.reason} = '', concat(${key(value)}, ${jsonValue(value)}), '')`);
  const absent = values.map(
    (value) => `if(${value.reason} = '', '', concat(${key(value)}, '"', toString(${value.reason}), '"'))`,
  );
  return `concat('"values":{', ${joined(present)}, '},"undefined":{', ${joined(absent)}, '}')`;
}

function joined([first = `''`, ...others]: readonly string[]): string {
  if (others.length === 0) return first;
  return `arrayStringConcat(arrayFilter(member -> member != '', [${[first, ...others].join(', ')}]), ',')`;
}

function jsonValue({ column, value }: ValueSql): string {
  switch (column.type) {
    case 'number':
    case 'duration':
      return `if(isFinite(${value}), toString(${value}), 'null')`;
    case 'boolean':
      return booleanText(value);
    case 'instant':
      return `concat('"', ${instantText(value)}, '"')`;
    case 'map':
    case 'text':
      return `toJSONString(${value})`;
  }
}

function csvValue({ column, value, reason }: ValueSql, style: CsvStyle): string {
  const reported = (text: string): string => `if(${reason} = '', ${text}, '')`;
  switch (column.type) {
    case 'number':
    case 'duration':
      return `if(${reason} = '' AND isFinite(${value}), ${csvNumberSql(`toString(${value})`, style)}, '')`;
    case 'boolean':
      return reported(booleanText(value));
    case 'instant':
      return reported(instantText(value));
    case 'map':
      return reported(quotedSql(`toJSONString(${value})`));
    case 'text':
      return reported(csvTextSql(value, style));
  }
}

function pointCells({ points }: ExportedSeries, style: CsvStyle, params: ParamList): string[] {
  return [
    lookText(points, ({ slice }) => formatInstant(slice.fromMs), params),
    lookText(points, ({ slice }) => formatInstant(slice.toMs), params),
    lookText(points, ({ slice }) => csvText(slice.label, style), params),
    lookText(points, ({ age }) => String(age ?? ''), params),
  ];
}

function booleanText(value: string): string {
  return `if(${value} = 1, 'true', 'false')`;
}

/**
 * Per-user values as a table with types, for Parquet and Arrow: `user`, with a series `from`, `to`, `label` and `age`,
 * then the columns and for each its `<column>.reason`. In the order of the ids, then of the points.
 */
export function compileUserTable({ target, columns, series }: ExportedRun): CompiledQuery {
  const params = new ParamList();
  const values = valuesOf(columns);
  const fields = [
    'user_id AS `user`',
    ...(series ? pointFields(series, params) : []),
    ...values.map((value) => `${typed(value)} AS ${named(value.column.name)}`),
    ...values.map(({ column, reason }) => `nullIf(toString(${reason}), '') AS ${named(`${column.name}.reason`)}`),
  ];
  const sql = `SELECT
    ${fields.join(',\n    ')}
FROM run_values
WHERE ${rowsWhere(target, shownCells(series, params), params)}
${IN_ORDER}`;
  return { sql, params: params.values };
}

function pointFields({ points }: ExportedSeries, params: ParamList): string[] {
  const instant = (ms: string): string => `if(cell = 0, NULL, fromUnixTimestamp64Milli(${ms}, 'UTC'))`;
  const age = look(points, (point) => (point.age ?? -1) + 1, params);
  return [
    `${instant(look(points, ({ slice }) => slice.fromMs, params))} AS \`from\``,
    `${instant(look(points, ({ slice }) => slice.toMs, params))} AS \`to\``,
    `nullIf(${lookText(points, ({ slice }) => slice.label, params)}, '') AS \`label\``,
    `nullIf(toInt32(${age} - 1), -1) AS \`age\``,
  ];
}

/** ClickHouse: a map cannot be NULL; an undefined one is empty, and its reason says so. */
function typed({ column, value, reason }: ValueSql): string {
  switch (column.type) {
    case 'number':
    case 'duration':
      return `if(${reason} = '' AND isFinite(${value}), ${value}, NULL)`;
    case 'boolean':
      return `if(${reason} = '', CAST(${value} = 1, 'Nullable(Bool)'), NULL)`;
    case 'instant':
      return `if(${reason} = '', fromUnixTimestamp64Milli(toInt64(${value}), 'UTC'), NULL)`;
    case 'text':
      return `if(${reason} = '', ${value}, NULL)`;
    case 'map':
      return value;
  }
}

function named(name: string): string {
  return `\`${name.replaceAll(/[`\\]/g, String.raw`\$&`)}\``;
}

/** How many users a run has rows of (`n`): each has one for the whole window. */
export function compileUserCount(target: RunTarget): CompiledQuery {
  const params = new ParamList();
  const sql = `SELECT count() AS n FROM run_values WHERE ${rowsWhere(target, 'cell = 0', params)}`;
  return { sql, params: params.values };
}
