import type { JsonValue } from '../../core/json.js';
import type { Column } from '../../core/metric/metric.js';
import type { ColumnAggregates } from '../../core/request/run-result.js';
import { fits, nameOf, type Aggregator } from '../../core/statistics/aggregator.js';
import type { FieldType, TableField } from '../../sql/export/compile-given-table.js';

/** A field of a table of aggregates, and how it is read from those of its column. */
export interface Statistic {
  readonly column: string;
  readonly field: TableField;
  cell(aggregates: ColumnAggregates): JsonValue;
}

type Parts = readonly (readonly [part: string | null, type: FieldType])[];

/** A proportion has a field for each of its parts, its value under the short name. */
const OF_PROPORTION: Parts = [
  [null, 'number'],
  ['low', 'number'],
  ['high', 'number'],
  ['level', 'number'],
  ['positives', 'integer'],
];
/** `<column>.<aggregator>` of all that fit, then `<column>.n`, `.n_undefined` and `.undefined`, the counts by reason. Of a map each is one by key. */
export function statisticsOf(column: Column, aggregators: readonly Aggregator[]): readonly Statistic[] {
  const requested = aggregators.filter((aggregator) => fits(aggregator, column)).map(nameOf);
  return [
    ...requested.flatMap((name) => partsOf(name, column).map((part) => statistic(name, part, column))),
    count('n', column),
    count('n_undefined', column),
    {
      column: column.name,
      field: { name: `${column.name}.undefined`, type: 'integer', byKey: true },
      cell: ({ undefined: reasons }) => reasons as JsonValue,
    },
  ];
}

function partsOf(name: string, { type }: Column): Parts {
  switch (name) {
    case 'proportion':
      return OF_PROPORTION;
    case 'histogram':
      return [[null, 'histogram']];
    case 'distinct':
    case 'count_by_value':
      return [[null, 'integer']];
    default:
      return [[null, type === 'instant' ? 'instant' : 'number']];
  }
}

function statistic(name: string, [part, type]: Parts[number], column: Column): Statistic {
  const byKey = column.type === 'map';
  const key = part ?? (name === 'proportion' ? 'value' : null);
  const pick = (value: JsonValue): JsonValue => (key === null ? value : memberOf(value, key));
  return {
    column: column.name,
    field: { name: [column.name, name, ...(part === null ? [] : [part])].join('.'), type, byKey },
    cell: (aggregates) => {
      const value = aggregates[name] ?? null;
      return byKey && isObject(value) ? mapValues(value, pick) : pick(value);
    },
  };
}

function count(name: 'n' | 'n_undefined', { name: column }: Column): Statistic {
  return { column, field: { name: `${column}.${name}`, type: 'integer', byKey: false }, cell: (own) => own[name] };
}

function mapValues(value: { readonly [key: string]: JsonValue }, change: (of: JsonValue) => JsonValue): JsonValue {
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, change(of)]));
}

function memberOf(value: JsonValue, key: string): JsonValue {
  return isObject(value) ? (value[key] ?? null) : null;
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
