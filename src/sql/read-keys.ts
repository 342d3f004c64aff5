import { Failure } from '../core/failure.js';
import { MAX_KEYS } from '../core/metric/count-by.js';
import type { KeyAggregateRow } from '../core/request/aggregate-row.js';
import { histogramOf, nameOf, type Aggregator } from '../core/statistics/aggregator.js';
import { binOf, histogram, type Histogram, type HistogramSpec } from '../core/statistics/histogram.js';
import { asksDeviation, quantileKeys, type AskedStatistics } from './asked-statistics.js';

/** A row of `compileMapAggregates`. The engine writes what is not finite as null. */
export interface KeyAnswer {
  readonly key: string;
  /** Users with a map without the key. */
  readonly missing: number;
  readonly users: number;
  readonly sum: number | null;
  readonly min: number;
  readonly max: number;
  readonly std: number | null;
  readonly quantiles: readonly (number | null)[];
  readonly bins?: Readonly<Record<string, number>>;
}

/**
 * What the engine's answer to `compileMapAggregates` means, by key; `n` users have a map.
 * @throws Failure limit_exceeded where there are more keys than an answer may have
 */
export function readKeys(
  answers: readonly KeyAnswer[],
  n: number,
  asked: AskedStatistics,
  aggregators: readonly Aggregator[],
): Readonly<Record<string, KeyAggregateRow>> {
  if (answers.length > MAX_KEYS) throw tooManyKeys();
  return Object.fromEntries(answers.map((answer) => [answer.key, keyRow(answer, n, asked, aggregators)]));
}

function keyRow(
  answer: KeyAnswer,
  n: number,
  { quantiles }: AskedStatistics,
  aggregators: readonly Aggregator[],
): KeyAggregateRow {
  const names = aggregators.map(nameOf);
  const levels = quantiles.map(({ key }) => key);
  const bins = histogramOf(aggregators);
  const { users, sum, min, max, std } = answer;
  return {
    users,
    sum,
    mean: sum === null ? null : sum / n,
    min,
    max,
    std: asksDeviation(names) && n >= 2 ? std : null,
    quantiles: Object.fromEntries(
      quantileKeys(names).map((key) => [key, answer.quantiles[levels.indexOf(key)] ?? null]),
    ),
    ...(bins ? { histogram: withZeros(bins, answer) } : {}),
  };
}

/** Who lacks the key is in the bin of 0. */
function withZeros(spec: HistogramSpec, { min, max, bins, missing }: KeyAnswer): Histogram {
  const counted = new Map(Object.entries(bins ?? {}).map(([bin, users]) => [Number(bin), users]));
  const zero = binOf(spec, { min, max }, 0);
  if (missing > 0) counted.set(zero, (counted.get(zero) ?? 0) + missing);
  return histogram(spec, { min, max }, counted);
}

function tooManyKeys(): Failure {
  const detail = `The users have more values together than the limit \`map_keys\`, ${MAX_KEYS}; give the \`values\` to be counted, or narrow the events with \`where\`.`;
  const errors = [{ pointer: '/params/values', detail }];
  return new Failure('limit_exceeded', detail, errors, { limit: 'map_keys', value: MAX_KEYS });
}
