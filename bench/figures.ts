/** Milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begunMs = performance.now();
  await work();
  return performance.now() - begunMs;
}

/** Of an even number the upper one in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Quantiles by their names, from 0 (the least) to 1: each a value that is there, rounded to 0.1. */
export function spread(
  values: readonly number[],
  quantiles: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (p: number): number => Number((sorted[Math.floor(p * (sorted.length - 1))] ?? 0).toFixed(1));
  return Object.fromEntries(Object.entries(quantiles).map(([name, p]) => [name, at(p)]));
}
