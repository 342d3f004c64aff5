import { MAX_BINS, type HistogramSpec } from '../core/statistics/histogram.js';
import type { ParamList } from './param-list.js';

/**
 * The bin of a number as `binOf` numbers it, by the same operations in the same order; `extent` is a tuple of the least and the largest number. Where a width makes
 * too many bins, which `histogram` refuses, all numbers are in one.
 */
export function binSql(spec: HistogramSpec, number: string, extent: string, params: ParamList): string {
  return 'width' in spec
    ? ofWidth(number, params.add('Float64', spec.width), extent)
    : ofBins(number, params.add('Float64', spec.bins), extent);
}

function ofBins(number: string, bins: string, extent: string): string {
  const [min, max] = [`${extent}.1`, `${extent}.2`];
  const guess = `floor((${number} - ${min}) / (${max} - ${min}) * ${bins})`;
  const edge = (bin: string): string => `${min} + (${max} - ${min}) * (${bin} / ${bins})`;
  const corrected = `${guess} + (${number} >= ${edge(`(${guess} + 1)`)}) - (${number} < ${edge(guess)})`;
  return wholeNumber(`least(${bins} - 1, greatest(0, ${corrected}))`);
}

function ofWidth(number: string, width: string, extent: string): string {
  const guess = `floor(${number} / ${width})`;
  const corrected = `${guess} + (${number} >= (${guess} + 1) * ${width}) - (${number} < ${guess} * ${width})`;
  return `if(${extent}.2 / ${width} - ${extent}.1 / ${width} > ${MAX_BINS + 1}, 0, ${wholeNumber(corrected)})`;
}

// ClickHouse: a map is only summed by keys that are no floats, and a conversion throws where the extent is nothing or beyond all numbers.
function wholeNumber(number: string): string {
  return `ifNull(accurateCastOrNull(${number}, 'Int64'), 0)`;
}
