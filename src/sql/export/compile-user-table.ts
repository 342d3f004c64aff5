import type { CompiledQuery } from '../compiled-query.js';
import { ParamList } from '../param-list.js';
import {
  IN_ORDER,
  look,
  lookText,
  rowsWhere,
  shownCells,
  valuesOf,
  type ExportedRun,
  type ExportedSeries,
  type ValueSql,
} from './user-columns.js';

/**
 * Per-user values as a table with types, for Parquet and Arrow: `user`, with a series `from`, `to`, `label` and `age`, then the columns and for each its
 * `<column>.reason`. In the order of the ids, then of the points.
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
    case 'map':
      return value;
  }
}

function named(name: string): string {
  return `\`${name.replaceAll(/[`\\]/g, String.raw`\$&`)}\``;
}
