import * as Plot from '@observablehq/plot';
import { recordsOf, type DataTable } from '../data-table.js';
import type { Frame } from '../pictures.js';
import { ACCENT, figureAxis, marginFor, plotted, tipNumber } from './plotted.js';

const BAR_HEIGHT = 26;
const LONGEST_NAME = 28;

interface Group {
  readonly group: string;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number | null;
}

/** A bar for each group, with its interval where it has one. */
export function drawGroups(table: DataTable, frame: Frame): SVGSVGElement {
  const groups: Group[] = recordsOf(table).map((row) => ({
    group: String(row['group']),
    value: row['value'] as number | null,
    low: (row['low'] ?? null) as number | null,
    high: (row['high'] ?? null) as number | null,
    n: (row['n'] ?? null) as number | null,
  }));
  const names = groups.map(({ group }) => group);
  const number = tipNumber(frame);
  const title = ({ group, value, low, high, n }: Group): string =>
    [
      group,
      value === null ? 'no value' : `${frame.measure}: ${number(value)}`,
      ...(low !== null && high !== null ? [`${number(low)} to ${number(high)}`] : []),
      ...(n === null ? [] : [`${n} users`]),
    ].join('\n');
  return plotted({
    width: frame.width,
    height: Math.max(120, groups.length * BAR_HEIGHT + 50),
    marginLeft: marginFor(names.map(shortened), 200),
    x: figureAxis(frame),
    y: { type: 'band', domain: names, label: null, tickSize: 0, tickFormat: shortened },
    marks: [
      Plot.barX(groups, { x: 'value', y: 'group', fill: ACCENT, insetTop: 2, insetBottom: 2 }),
      Plot.ruleY(
        groups.filter(({ low }) => low !== null),
        { x1: 'low', x2: 'high', y: 'group', stroke: 'currentColor', strokeWidth: 1.5 },
      ),
      Plot.ruleX([0], { stroke: 'var(--line-strong)' }),
      Plot.tip(groups, Plot.pointerY({ x: 'value', y: 'group', title })),
    ],
  });
}

/** The whole name is in the table and in the tip. */
function shortened(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}
