import { Failure } from '../failure.js';
import type { Column } from '../metric/metric.js';
import { fits, histogramOf, nameOf, type Aggregator } from '../statistics/aggregators.js';
import type { CanonicalRequest } from './canonical-request.js';
import { columnsOf, metric } from '../metric/catalogue.js';

/** What an answer may hold. */
export interface AnswerLimits {
  /** Numbers, counts among them. */
  readonly values: number;
  /** Of its JSON. */
  readonly bytes: number;
}

/** `n`, `n_undefined` and a count by reason. */
const COUNTS = 3;
/** `value`, `low`, `high`, `level` and `positives`. */
const OF_PROPORTION = 5;

/**
 * How many values an answer has, as far as it is known beforehand: those of everybody and of each group over the whole
 * window, and of each of them at each of `points` of the series. Of a map without `values` one key is counted, of a
 * histogram by width one bin.
 */
export function answerValues(canonical: CanonicalRequest, points: number, groups: number): number {
  const columns = columnsOf(canonical);
  const each = columns.reduce((sum, column) => sum + valuesOf(column, canonical), 0);
  return (1 + points) * (1 + groups) * each;
}

/** @throws Failure limit_exceeded for more values than an answer may have */
export function refuseTooManyValues(
  canonical: CanonicalRequest,
  points: number,
  groups: number,
  limits: AnswerLimits,
): void {
  const values = answerValues(canonical, points, groups);
  if (values <= limits.values) return;
  const each = values / ((1 + points) * (1 + groups));
  const parts = [
    ...(points > 0 ? [`${1 + points} points (with the whole window)`] : []),
    ...(groups > 0 ? [`${1 + groups} groups (with everybody)`] : []),
    `${each} of each`,
  ];
  const remedies = [
    'fewer aggregators',
    ...(points > 0 ? ['a longer interval or age'] : []),
    ...(groups > 0 ? ['a breakdown with fewer groups'] : []),
  ];
  const detail = `The answer would have ${values} values, ${parts.join(' x ')}; the limit \`answer_values\` is ${limits.values}. Ask for ${remedies.join(', or ')}.`;
  const pointer = groups > 0 ? '/breakdown/0' : points > 0 ? '/series' : '/aggregators';
  throw new Failure('limit_exceeded', detail, [{ pointer, detail }], { limit: 'answer_values', value: limits.values });
}

/** @throws Failure limit_exceeded for an answer whose JSON is larger than it may be */
export function refuseTooManyBytes(bytes: number, limits: AnswerLimits): void {
  if (bytes <= limits.bytes) return;
  const detail = `The answer has more bytes than the limit \`answer_bytes\`, ${limits.bytes}; ask for fewer aggregators, points, groups or keys.`;
  throw new Failure('limit_exceeded', detail, [], { limit: 'answer_bytes', value: limits.bytes });
}

function valuesOf(column: Column, { aggregators, metric: id, params }: CanonicalRequest): number {
  const requested = aggregators.filter((aggregator) => fits(aggregator, column));
  const statistics = requested.reduce((sum, aggregator) => sum + valuesOfOne(aggregator), 0);
  return COUNTS + statistics * (column.type === 'map' ? (metric(id).keys(params) ?? 1) : 1);
}

function valuesOfOne(aggregator: Aggregator): number {
  if (nameOf(aggregator) === 'proportion') return OF_PROPORTION;
  const bins = histogramOf([aggregator]);
  if (bins === undefined) return 1;
  return 2 * ('bins' in bins ? bins.bins : 1) + 1;
}
