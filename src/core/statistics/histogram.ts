import { Failure } from '../failure.js';

/**
 * So many bins of equal width from the least to the largest value; or bins of a width, whose edges are its multiples.
 */
export type HistogramSpec = { readonly bins: number } | { readonly width: number };

export const MAX_BINS = 1000;

/**
 * `edges` has one more element than `counts`; a bin holds the values of [e, e'), the last one also those at its end.
 */
export interface Histogram {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** The least and the largest of the values. */
export interface Extent {
  readonly min: number;
  readonly max: number;
}

/** Users by bin, as `binOf` numbers it. */
export type BinCounts = ReadonlyMap<number, number>;

/**
 * The histogram of values that were counted by `binOf`. Values that lie too close together, or too far apart, for so
 * many distinct edges in doubles (such as equal values) are in a single bin.
 *
 * @throws Failure limit_exceeded where a width would make more than 1,000 bins
 */
export function histogram(spec: HistogramSpec, extent: Extent, counted: BinCounts): Histogram {
  if ('width' in spec) return ofWidth(spec.width, extent, counted);
  if (!areEdgesApart(spec.bins, extent)) {
    return {
      edges: [extent.min + 0, extent.max + 0],
      counts: [[...counted.values()].reduce((sum, count) => sum + count, 0)],
    };
  }
  const inner = sequence(spec.bins).map((bin) => edgeOf(bin, spec.bins, extent));
  return { edges: [...inner, extent.max + 0], counts: sequence(spec.bins).map((bin) => counted.get(bin) ?? 0) };
}

/**
 * The bin of a value: by `bins` from 0, by `width` the multiple at which it begins. A division may miss an edge by the
 * last bit, so its guess is compared with the edges themselves. The engine computes the same by the same operations.
 */
export function binOf(spec: HistogramSpec, extent: Extent, value: number): number {
  if ('width' in spec) return multipleBelow(spec.width, value);
  const guess = Math.floor(((value - extent.min) / (extent.max - extent.min)) * spec.bins);
  const up = value >= edgeOf(guess + 1, spec.bins, extent) ? 1 : 0;
  const down = value < edgeOf(guess, spec.bins, extent) ? 1 : 0;
  return Math.min(spec.bins - 1, Math.max(0, guess + up - down));
}

function edgeOf(bin: number, bins: number, { min, max }: Extent): number {
  // Plus 0: the answer knows no -0.
  return min + (max - min) * (bin / bins) + 0;
}

/** A quarter of a bin is still a difference: so roundings move no edge past its neighbour. */
function areEdgesApart(bins: number, { min, max }: Extent): boolean {
  const quarter = (max - min) / bins / 4;
  return Number.isFinite(quarter) && min + quarter > min && max - quarter < max;
}

function ofWidth(width: number, { min, max }: Extent, counted: BinCounts): Histogram {
  const first = multipleBelow(width, min);
  const bins = multipleBelow(width, max) - first + 1;
  const isExact = Math.abs(first) < 2 ** 52 && Math.abs(first + bins) < 2 ** 52;
  if (!isExact || !(bins <= MAX_BINS)) throw tooNarrow(width, { min, max });
  return {
    edges: sequence(bins + 1).map((bin) => (first + bin) * width),
    counts: sequence(bins).map((bin) => counted.get(first + bin) ?? 0),
  };
}

function multipleBelow(width: number, value: number): number {
  const guess = Math.floor(value / width);
  // -0 is the bin of 0.
  return guess + (value >= (guess + 1) * width ? 1 : 0) - (value < guess * width ? 1 : 0) + 0;
}

function tooNarrow(width: number, { min, max }: Extent): Failure {
  const detail = `Bins of width ${width} from ${min} to ${max} would be more than the limit \`histogram_bins\`, ${MAX_BINS}; give a larger width, or {"histogram": {"bins": 20}}.`;
  return new Failure('limit_exceeded', detail, [{ pointer: '/aggregators', detail }], {
    limit: 'histogram_bins',
    value: MAX_BINS,
  });
}

function sequence(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
