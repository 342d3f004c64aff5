import * as Plot from '@observablehq/plot';
import { recordsOf, type DataTable } from '../data-table.js';
import type { Frame } from '../pictures.js';
import { ACCENT, marginFor, plotted } from './plotted.js';

/** Users by the value of a column: a bar for each bin, as wide as the bin. */
export function drawHistogram(table: DataTable, frame: Frame): SVGSVGElement {
  const bins = recordsOf(table).map((row) => ({
    from: Number(row['from']),
    to: Number(row['to']),
    value: Number(row['value']),
  }));
  const number = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 5 });
  const most = Math.max(0, ...bins.map(({ value }) => value));
  return plotted({
    width: frame.width,
    height: Math.max(220, Math.min(380, frame.width * 0.45)),
    marginLeft: marginFor([String(most)], 90) + 10,
    x: { label: frame.measure },
    y: { label: 'users', grid: true, nice: true },
    marks: [
      Plot.rectY(bins, {
        x1: 'from',
        x2: 'to',
        y: 'value',
        fill: ACCENT,
        insetLeft: 0.5,
        insetRight: 0.5,
        title: ({ from, to, value }: (typeof bins)[number]) =>
          `${number.format(from)} to ${number.format(to)}\n${number.format(value)} users`,
        tip: 'x',
      }),
      Plot.ruleY([0], { stroke: 'var(--line-strong)' }),
    ],
  });
}
