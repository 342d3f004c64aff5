import * as fc from 'fast-check';
import { binOf, histogram, type Histogram, type HistogramSpec } from '../../../../src/core/statistics/histogram.js';
import { refusal } from '../failing.js';

function histogramOf(spec: HistogramSpec, values: readonly number[]): Histogram {
  const extent = { min: Math.min(...values), max: Math.max(...values) };
  const counted = new Map<number, number>();
  for (const value of values) {
    const bin = binOf(spec, extent, value);
    counted.set(bin, (counted.get(bin) ?? 0) + 1);
  }
  return histogram(spec, extent, counted);
}

/** Word by word: [e, e'), the last closed. */
function countedByEdges(edges: readonly number[], values: readonly number[]): number[] {
  const last = edges.length - 2;
  return edges
    .slice(0, -1)
    .map(
      (from, i) => values.filter((v) => v >= from && (v < edges[i + 1]! || (i === last && v === edges[i + 1]))).length,
    );
}

/** More by `NUM_RUNS`. */
const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 1000);
const number = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.integer({ min: -30, max: 30 }).map((tenths) => tenths / 10),
  fc.constantFrom(1e300, -1e300, 1e-300, 5e-324, 2 ** 53, 0.1 + 0.2, -0),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const values = fc.array(number, { minLength: 1, maxLength: 30 });
const close = fc.array(
  fc.integer({ min: 0, max: 40 }).map((ulps) => 1 + ulps * 2 ** -52),
  { minLength: 1 },
);

describe('histogram', () => {
  it('has bins of equal width, the last of which is closed', () => {
    expect(histogramOf({ bins: 4 }, [0, 1, 2, 2.5, 8])).toEqual({ edges: [0, 2, 4, 6, 8], counts: [2, 2, 0, 1] });
    expect(histogramOf({ bins: 1 }, [3, 5])).toEqual({ edges: [3, 5], counts: [2] });
  });

  it('has edges that are multiples of a width', () => {
    expect(histogramOf({ width: 5 }, [-1, 0, 4.9, 5, 10])).toEqual({ edges: [-5, 0, 5, 10, 15], counts: [1, 2, 1, 1] });
    expect(histogramOf({ width: 1 }, [2, 2, 3])).toEqual({ edges: [2, 3, 4], counts: [2, 1] });
    expect(histogramOf({ width: 0.1 }, [0.3, 0.2]).counts).toEqual([2]);
  });

  it('has a single bin where values cannot be told apart', () => {
    expect(histogramOf({ bins: 20 }, [7, 7])).toEqual({ edges: [7, 7], counts: [2] });
    expect(histogramOf({ bins: 20 }, [0, 5e-324]).counts).toEqual([2]);
    expect(histogramOf({ bins: 20 }, [-1.7e308, 1.7e308]).counts).toEqual([2]);
  });

  it('counts every value in the bin that its edges say', () => {
    const spec = fc.integer({ min: 1, max: 50 }).map((bins) => ({ bins }));
    fc.assert(
      fc.property(spec, fc.oneof(values, close), (bins, some) => {
        const { edges, counts } = histogramOf(bins, some);
        expect(counts).toEqual(countedByEdges(edges, some));
        expect([edges[0], edges.at(-1)]).toEqual([Math.min(...some) + 0, Math.max(...some) + 0]);
      }),
      { numRuns: NUM_RUNS },
    );
  });

  it('does so by width, or refuses', () => {
    const width = fc.oneof(
      fc.constantFrom(0.1, 0.3, 1, 7, 1e-5, 1e299),
      fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(width, values, (step, some) => {
        const span = Math.max(...some) / step - Math.min(...some) / step;
        if (!(span < 999) || some.some((value) => Math.abs(value / step) > 2 ** 51)) return;
        const { edges, counts } = histogramOf({ width: step }, some);
        expect(counts).toEqual(countedByEdges(edges, some));
        expect([counts[0] === 0, counts.at(-1) === 0]).toEqual([false, false]);
      }),
      { numRuns: NUM_RUNS },
    );
  });

  it.each([[[0, 1000]], [[0, 1e300]], [[1e300]]])('refuses more than 1,000 bins of width 1: %j', (some) => {
    const refused = refusal(() => histogramOf({ width: 1 }, some));
    expect(refused).toMatchObject({ code: 'limit_exceeded', status: 422 });
    expect(refused.detail).toContain('`histogram_bins`, 1000');
  });
});
