import * as Plot from '@observablehq/plot';
import type { Frame } from '../pictures.js';

/** Colours of groups, in their order; defined with the theme. */
export const COLOURS: readonly string[] = Array.from({ length: 8 }, (_, i) => `var(--series-${i + 1})`);
export const ACCENT = 'var(--accent)';
export const SOFT = 'var(--line)';

/**
 * The drawing of Plot as one element. Plot writes its few styles into an element that the policy of the page blocks:
 * it is taken out, and `read.css` says the same.
 */
export function plotted(options: Plot.PlotOptions): SVGSVGElement {
  const made = Plot.plot({ ...options, figure: false } as Plot.PlotOptions);
  const svg = made instanceof SVGSVGElement ? made : made.querySelector('svg');
  if (svg === null) throw new Error('The drawing has no picture');
  svg.querySelectorAll('style').forEach((style) => style.remove());
  // The picture is one thing with one name: its parts have none that could be read out.
  svg.querySelectorAll('g[aria-label]').forEach((group) => group.removeAttribute('aria-label'));
  svg.classList.add('plot');
  return svg;
}

/** The axis of a figure; shares are per cent. */
export function figureAxis({ isShare, measure }: Frame): Plot.ScaleOptions {
  return { label: measure, grid: true, nice: true, zero: true, ...(isShare && { percent: true }) };
}

/** How a number is written in a tip. */
export function tipNumber({ isShare }: Frame): (value: number) => string {
  const format = new Intl.NumberFormat(
    undefined,
    isShare ? { style: 'percent', maximumFractionDigits: 1 } : { maximumSignificantDigits: 6 },
  );
  return (value) => format.format(value);
}

/** A wide margin where the labels are long. */
export function marginFor(labels: readonly string[], most: number): number {
  const longest = Math.max(0, ...labels.map((label) => label.length));
  return Math.min(most, 20 + longest * 7);
}
