import { isObject } from '../core/json-shape.js';
import type { JsonValue } from '../core/json.js';
import type { Column } from '../core/metric/metric.js';
import type { ColumnAggregates, RunResult, SeriesPointResult } from '../core/request/run-result.js';
import { fits, nameOf, type Aggregator } from '../core/statistics/aggregators.js';
import type { FieldType, TableField } from '../sql/export/compile-list.js';

/** The parts of an answer that are tables of aggregates. */
export const ANSWER_TABLES = ['aggregates', 'series', 'breakdown', 'breakdown/series'] as const;
export type AnswerTableName = (typeof ANSWER_TABLES)[number];

/** An item as it is in the answer, with what identifies it. */
export type AnswerItem = Readonly<Record<string, unknown>> & {
  readonly aggregates: Readonly<Record<string, ColumnAggregates>>;
};

/** A part of an answer, as items and as a table: a row for each item. */
export interface AnswerTable<Item = AnswerItem> {
  /** Some at a time: no more are held, and others have their turn between. */
  readonly items: AsyncIterable<readonly Item[]>;
  readonly fields: readonly TableField[];
  row(item: Item): readonly JsonValue[];
}

const POINT: readonly TableField[] = [
  { name: 'from', type: 'instant', byKey: false },
  { name: 'to', type: 'instant', byKey: false },
  { name: 'label', type: 'text', byKey: false },
  { name: 'age', type: 'integer', byKey: false },
  { name: 'complete', type: 'boolean', byKey: false },
];

/**
 * A group is a text; `group.type` distinguishes 5 from "5". Both are null where users have no value, and in the group
 * of the rest.
 */
const GROUP: readonly TableField[] = [
  { name: 'by', type: 'text', byKey: false },
  { name: 'group', type: 'text', byKey: false },
  { name: 'group.type', type: 'text', byKey: false },
];

/** Marks the group of the rest; only where there is one. */
const REST: TableField = { name: 'rest', type: 'boolean', byKey: false };

/** The table of the items of a part; `hasRest`: the last group is that of all others. */
export function answerTable(
  name: AnswerTableName,
  items: AsyncIterable<readonly AnswerItem[]>,
  columns: readonly Column[],
  aggregators: readonly Aggregator[],
  hasRest: boolean,
): AnswerTable {
  const groupKeys = hasRest ? [...GROUP, REST] : GROUP;
  const keys = [...(name.startsWith('breakdown') ? groupKeys : []), ...(name.endsWith('series') ? POINT : [])];
  const statistics = columns.flatMap((column) => statisticsOf(column, aggregators));
  return {
    items,
    fields: [...keys, ...statistics.map(({ field }) => field)],
    row: (item) => [...keys.map((key) => keyOf(key, item)), ...statistics.map((statistic) => cellOf(statistic, item))],
  };
}

/** The items of a part of a whole result; null where it has no such part. */
export function itemsOf(
  name: AnswerTableName,
  { aggregates, series, breakdown }: RunResult,
): readonly AnswerItem[] | null {
  switch (name) {
    case 'aggregates':
      return [{ aggregates }];
    case 'series':
      return series && series.map(pointItem);
    case 'breakdown':
      return (
        breakdown &&
        breakdown.map(({ by, group, rest, aggregates }) => ({ by, group, ...(rest && { rest }), aggregates }))
      );
    case 'breakdown/series':
      if (series === null || breakdown === null) return null;
      return breakdown.flatMap(({ by, group, rest, series: own }) =>
        (own ?? []).map((point) => Object.assign({ by, group, ...(rest && { rest }) }, pointItem(point))),
      );
  }
}

function pointItem(point: SeriesPointResult): AnswerItem {
  const { from, to, label, age, complete, aggregates } = point;
  return { from, to, label, age, complete, aggregates };
}

function keyOf({ name }: TableField, item: AnswerItem): JsonValue {
  const { group } = item;
  if (name === 'group.type') return group === null ? null : GROUP_TYPES[typeof group as keyof typeof GROUP_TYPES];
  if (name === 'group') return group === null ? null : String(group);
  if (name === 'rest') return item['rest'] === true;
  return item[name] as JsonValue;
}

const GROUP_TYPES = { string: 'text', number: 'number', boolean: 'boolean' } as const;

function cellOf({ column, cell }: Statistic, { aggregates }: AnswerItem): JsonValue {
  const own = aggregates[column];
  if (own === undefined) throw new Error(`an answer lacks its column ${column}`);
  return cell(own);
}

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
/**
 * `<column>.<aggregator>` of all that fit, then `<column>.n`, `.n_undefined` and `.undefined`, the counts by reason. Of
 * a map each is one by key.
 */
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
  const byKey = column.type === 'map' || name === 'count_by_value';
  const key = part ?? (name === 'proportion' ? 'value' : null);
  const pick = (value: JsonValue): JsonValue => (key === null ? value : memberOf(value, key));
  return {
    column: column.name,
    field: { name: [column.name, name, ...(part === null ? [] : [part])].join('.'), type, byKey },
    cell: (aggregates) => {
      const value = aggregates[name] ?? null;
      if (Array.isArray(value))
        return Object.fromEntries(value.map((one) => [String(memberOf(one, 'value')), memberOf(one, 'users')]));
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
