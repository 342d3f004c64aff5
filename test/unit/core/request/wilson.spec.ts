import * as fc from 'fast-check';
import { wilson } from '../../../../src/core/request/shape-columns.js';

describe('wilson', () => {
  // Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('gives the published interval of %d / %d', (positives, n, low, high) => {
    const interval = wilson(positives, n);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
    expect(interval).toMatchObject({ value: positives / n, level: 0.95, positives });
  });

  it('holds the proportion, stays in [0, 1] and is symmetric', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const positives = Math.floor(share * n);
        const { low, value, high } = wilson(positives, n);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
        expect(high).toBeLessThanOrEqual(1);
        expect(wilson(n - positives, n).low).toBeCloseTo(1 - high, 12);
      }),
    );
  });
});
