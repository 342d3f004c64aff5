import { LAST_VALUE, type PickedType, type PickRule } from '../../core/metric/last-value.js';
import { MAX_TEXT } from '../../core/metric/metric.js';
import type { ParamList } from '../compiled-query.js';
import type { FactColumn } from '../fact-columns.js';
import { metricCompiler, type MetricSql } from './metric-sql.js';

/** The values of one type: `key` is the name of the property in SQL. */
interface ValueSql {
  /** A condition on a row of `events`: it holds a value of the type under the key. */
  readonly isThere: (key: string) => string;
  readonly value: (key: string) => string;
  readonly none: string;
}

/** -0 is 0. */
export const PICKED_VALUES: Readonly<Record<PickedType, ValueSql>> = {
  number: {
    isThere: (key) => `mapContains(number, ${key})`,
    value: (key) => `number[${key}] + 0`,
    none: 'toFloat64(0)',
  },
  text: {
    isThere: (key) => `mapContains(text, ${key}) AND lengthUTF8(text[${key}]) <= ${MAX_TEXT}`,
    value: (key) => `text[${key}]`,
    none: `''`,
  },
  boolean: {
    isThere: (key) => `mapContains(flag, ${key})`,
    value: (key) => `toUInt8(flag[${key}])`,
    none: 'toUInt8(0)',
  },
};

/** Which of the values, in order, is picked: its place from 1. Without values there is none, whatever the place. */
const PLACES: Readonly<Record<PickRule, string>> = {
  last: '-1',
  first: '1',
  max: `indexOf(recorded, arrayReduce('max', recorded))`,
  min: `indexOf(recorded, arrayReduce('min', recorded))`,
};

const MEASURES = (pick: PickRule): readonly string[] => [
  'length(records) AS events',
  'notEmpty(records) AS has_value',
  'records.5 AS recorded',
  `records[${PLACES[pick]}] AS picked`,
  'arrayCount((value, before) -> value != before, arrayPopFront(recorded), arrayPopBack(recorded)) AS changes',
];

const IF_VALUE = `if(outcome = '' AND NOT has_value, 'never', outcome)`;

export const LAST_VALUE_SQL = metricCompiler(LAST_VALUE, ({ property, type, pick }) => ({
  facts: (params) => [record(property, PICKED_VALUES[type], params)],
  counts: (params) => PICKED_VALUES[type].isThere(params.add('String', property)),
  ofFacts: () => ['arraySort(groupArrayIf(record, matched)) AS records'],
  keeps: { record: 'all_records' },
  ofArrays: (isInside) => [
    `arraySort(${isInside === null ? 'all_records' : `arrayFilter((record, at) -> ${isInside}, all_records, times)`}) AS records`,
  ],
  ofMeasures: [...MEASURES(pick), ...(type === 'boolean' ? ['picked.5 = 1 AS is_true'] : [])],
  numbers: [NUMBERS[type], 'picked.1', 'events', 'changes'],
  reasons: [IF_VALUE, IF_VALUE, 'outcome', 'outcome'],
  ...OTHERS[type],
}));

const NUMBERS: Readonly<Record<PickedType, string>> = { number: 'picked.5', boolean: 'is_true', text: '0' };

/** A text is the key of a map, for which every cell is measured. */
const OTHERS: Readonly<Record<PickedType, Pick<MetricSql, 'decides' | 'ofNone' | 'maps'>>> = {
  number: { decides: ['has_value'], ofNone: { has_value: 'false' } },
  boolean: { decides: ['has_value', 'is_true'], ofNone: { has_value: 'false', is_true: 'false' } },
  text: {
    decides: ['has_value'],
    maps: `[if(outcome = '' AND has_value, map(picked.5, toFloat64(1)), CAST(map(), 'Map(String, Float64)'))]`,
  },
};

/** The value with what it is ordered by: its time, then the identity of its event. */
function record(property: string, { value, none }: ValueSql, params: ParamList): FactColumn {
  const nothing = `(toInt64(0), '', '', toUInt128(0), ${none})`;
  const own = `(at_ms, toString(name), client_id, content_hash, ${value(params.add('String', property))})`;
  return { name: 'record', event: `if(matched, ${own}, ${nothing})`, change: nothing, member: nothing };
}
