import { isObject } from './request-body.js';

const HISTOGRAM = /^histogram of (\d+) bins?$/;

/** Aggregators of a body as a line of text: `mean, histogram of 20 bins`. Others than these stand there as JSON. */
export function aggregatorNames(aggregators: unknown): string {
  if (!Array.isArray(aggregators)) return '';
  return aggregators.map(wordOf).join(', ');
}

function wordOf(aggregator: unknown): string {
  if (typeof aggregator === 'string') return aggregator;
  const { histogram } = (isObject(aggregator) ? aggregator : {}) as { histogram?: { bins?: number } };
  return histogram?.bins === undefined ? JSON.stringify(aggregator) : `histogram of ${histogram.bins} bins`;
}

/** The aggregators in a line of text; undefined: none is named, so that the defaults hold. */
export function withAggregators(text: string): readonly unknown[] | undefined {
  if (text.trim() === '') return undefined;
  return pieces(text).map((word) => {
    const bins = HISTOGRAM.exec(word)?.[1];
    if (bins !== undefined) return { histogram: { bins: Number(bins) } };
    if (!word.startsWith('{')) return word;
    try {
      return JSON.parse(word) as unknown;
    } catch {
      return word;
    }
  });
}

/** Cut at commas that stand outside of braces. */
function pieces(text: string): string[] {
  const found: string[] = [''];
  let depth = 0;
  for (const letter of text) {
    if (letter === ',' && depth === 0) found.push('');
    else found.push((found.pop() ?? '') + letter);
    depth += letter === '{' ? 1 : letter === '}' ? -1 : 0;
  }
  return found.map((piece) => piece.trim());
}
