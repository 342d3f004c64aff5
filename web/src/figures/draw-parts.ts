import * as Plot from '@observablehq/plot';
import { recordsOf, type DataTable } from '../read/data-table.js';
import { legendHeight, withLegend } from '../read/draw/legend.js';
import { ACCENT, COLOURS, figureAxis, marginFor, plotted, tipNumber } from '../read/draw/plotted.js';
import type { Frame } from '../read/pictures.js';

const BAR_HEIGHT = 24;
const LONGEST_NAME = 24;
/** The largest ones; the table has all that were read. */
export const MOST_BARS = 40;

/** A bar for each part, the largest first; where there are several applications they stand beside each other in it. */
export function drawParts(table: DataTable, frame: Frame): SVGSVGElement {
  const rows = recordsOf(table).map((row) => ({
    group: String(row['group']),
    series: String(row['series'] ?? ''),
    value: (row['value'] ?? null) as number | null,
  }));
  const names = [...new Set(rows.map(({ group }) => group))].slice(0, MOST_BARS);
  const shown = rows.filter(({ group }) => names.includes(group));
  const series = [...new Set(shown.map((row) => row.series))];
  const number = tipNumber(frame);
  const above = series.length > 1 ? legendHeight(series, frame.width) + 24 : 20;
  const svg = plotted({
    width: frame.width,
    height: above + names.length * BAR_HEIGHT + 46,
    marginTop: above,
    marginBottom: 42,
    marginLeft: marginFor(names.map(shortened), 190),
    x: figureAxis(frame),
    y: { type: 'band', domain: names, label: null, tickSize: 0, tickFormat: shortened },
    ...(series.length > 1 && {
      color: { domain: series, range: series.map((_, at) => COLOURS[at % COLOURS.length] ?? ACCENT) },
    }),
    marks: [
      Plot.barX(shown, {
        x: 'value',
        y: 'group',
        ...(series.length > 1 ? { fill: 'series', order: series } : { fill: ACCENT }),
        insetTop: 2,
        insetBottom: 2,
        title: (row: (typeof shown)[number]) =>
          `${row.group}${row.series === '' ? '' : `, ${row.series}`}\n${frame.measure}: ${number(row.value ?? 0)}`,
        tip: true,
      }),
      Plot.ruleX([0], { stroke: 'var(--line-strong)' }),
    ],
  });
  return withLegend(svg, series);
}

/** The whole name is in the table and in the tip. */
function shortened(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}
