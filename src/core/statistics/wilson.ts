/** The quantile of the normal distribution that leaves 2.5 % on either side. */
const Z = 1.959963984540054;
const LEVEL = 0.95;

export interface Proportion {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
  readonly positives: number;
}

/**
 * A proportion with its 95 % score interval (Wilson 1927, without continuity correction; Newcombe 1998, method 3).
 * Takes 0 <= positives <= n and n > 0. The interval touches 0 and 1 exactly where no or every user is positive.
 */
export function wilson(positives: number, n: number): Proportion {
  const value = positives / n;
  const shrink = 1 + (Z * Z) / n;
  const centre = (value + (Z * Z) / (2 * n)) / shrink;
  const half = (Z / shrink) * Math.sqrt((value * (1 - value)) / n + (Z * Z) / (4 * n * n));
  return {
    value,
    low: positives === 0 ? 0 : centre - half,
    high: positives === n ? 1 : centre + half,
    level: LEVEL,
    positives,
  };
}
