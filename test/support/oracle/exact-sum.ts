/**
 * The sum of doubles, rounded once (Shewchuk's partials, as in Python's `math.fsum`). Finite for finite numbers whose
 * sums, partial ones too, are doubles.
 */
export function exactSum(values: readonly number[]): number {
  const partials: number[] = [];
  for (const value of values) {
    let carried = value;
    let kept = 0;
    for (const partial of partials) {
      const [large, small] = Math.abs(carried) < Math.abs(partial) ? [partial, carried] : [carried, partial];
      const high = large + small;
      const low = small - (high - large);
      if (low !== 0) partials[kept++] = low;
      carried = high;
    }
    partials.length = kept;
    partials.push(carried);
  }
  return partials.reduceRight((sum, partial) => sum + partial, 0);
}
