import * as Plot from '@observablehq/plot';
import { recordsOf, type DataTable } from '../data-table.js';
import type { Frame } from '../pictures.js';
import { legendHeight, withLegend } from './legend.js';
import { ACCENT, COLOURS, figureAxis, marginFor, plotted, tipNumber } from './plotted.js';

interface Point {
  readonly at: Date;
  readonly label: string;
  readonly group: string;
  readonly complete: boolean;
  readonly n: number;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** More points than this have no dots: they would be one band. */
const MOST_DOTS = 120;

/** Figures over time, a line for each group; dashed where a slice was not observed to its end. */
export function drawLines(table: DataTable, frame: Frame): SVGSVGElement {
  const points = pointsOf(table);
  const groups = groupsOf(points);
  const colour = groups.length > 1 ? 'group' : ACCENT;
  const whole = points.map((point, i) => ({ ...point, value: isOpen(points, i) ? null : point.value }));
  const intervals = points.filter(({ low, high }) => low !== null && high !== null);
  const marks: Plot.Markish[] = [
    Plot.ruleY([0], { stroke: 'var(--line-strong)' }),
    ...(groups.length <= 1
      ? [Plot.areaY(intervals, { x: 'at', y1: 'low', y2: 'high', fill: ACCENT, fillOpacity: 0.15 })]
      : []),
    Plot.lineY(points, { x: 'at', y: 'value', z: 'group', stroke: colour, strokeDasharray: '3 4', strokeOpacity: 0.8 }),
    Plot.lineY(whole, { x: 'at', y: 'value', z: 'group', stroke: colour, strokeWidth: 2 }),
  ];
  if (points.length <= MOST_DOTS) {
    marks.push(
      Plot.dot(points, {
        x: 'at',
        y: 'value',
        r: 3,
        stroke: colour,
        fill: (point: Point) => (point.complete ? point.group : null),
        ...(groups.length <= 1 && { fill: (point: Point) => (point.complete ? ACCENT : 'var(--ground)') }),
      }),
    );
  }
  marks.push(Plot.tip(points, Plot.pointer({ x: 'at', y: 'value', title: titleBy(frame) })));
  return withLegend(plotted({ ...layout(points, groups, frame), marks }), groups);
}

/** A bar for each slice; of those that were not observed to their end the outline alone. */
export function drawBars(table: DataTable, frame: Frame): SVGSVGElement {
  const points = pointsOf(table);
  return plotted({
    ...layout(points, [], frame),
    x: { type: 'band', label: null, ticks: someOf(points) },
    marks: [
      Plot.ruleY([0], { stroke: 'var(--line-strong)' }),
      Plot.barY(points, {
        x: 'label',
        y: 'value',
        fill: ({ complete }: Point) => (complete ? ACCENT : 'none'),
        stroke: ({ complete }: Point) => (complete ? 'none' : ACCENT),
        strokeDasharray: '3 3',
        sort: { x: null },
      }),
      Plot.tip(points, Plot.pointerX({ x: 'label', y: 'value', title: titleBy(frame) })),
    ],
  });
}

/** The groups of each slice on top of each other. */
export function drawStacked(table: DataTable, frame: Frame): SVGSVGElement {
  const points = pointsOf(table);
  const groups = groupsOf(points);
  const svg = plotted({
    ...layout(points, groups, frame),
    x: { type: 'band', label: null, ticks: someOf(points) },
    marks: [
      Plot.ruleY([0], { stroke: 'var(--line-strong)' }),
      Plot.barY(points, {
        x: 'label',
        y: 'value',
        fill: 'group',
        order: groups,
        sort: { x: null },
        title: titleBy(frame),
        tip: true,
      }),
    ],
  });
  return withLegend(svg, groups);
}

function layout(points: readonly Point[], groups: readonly string[], frame: Frame): Plot.PlotOptions {
  const largest = Math.max(0, ...points.map(({ value }) => Math.abs(value ?? 0)));
  return {
    width: frame.width,
    height:
      Math.max(220, Math.min(380, frame.width * 0.45)) + (groups.length > 1 ? legendHeight(groups, frame.width) : 0),
    marginLeft: marginFor([String(Math.round(largest)), '100.0'], 90),
    marginBottom: 36,
    ...(groups.length > 1 && { marginTop: 24 + legendHeight(groups, frame.width) }),
    x: { type: 'utc', label: null },
    y: figureAxis(frame),
    ...(groups.length > 1 && {
      color: { domain: groups, range: groups.map((_, i) => COLOURS[i % COLOURS.length] ?? ACCENT) },
    }),
  };
}

function pointsOf(table: DataTable): Point[] {
  return recordsOf(table).map((row) => ({
    at: new Date(String(row['from'])),
    label: String(row['label']),
    group: String(row['group'] ?? ''),
    complete: row['complete'] === true,
    n: Number(row['n']),
    value: row['value'] as number | null,
    low: (row['low'] ?? null) as number | null,
    high: (row['high'] ?? null) as number | null,
  }));
}

function groupsOf(points: readonly Point[]): string[] {
  return [...new Set(points.map(({ group }) => group))];
}

/** The stretch to a slice that was not observed to its end is dashed. */
function isOpen(points: readonly Point[], i: number): boolean {
  return points[i]?.complete === false;
}

/** As many labels as there is room for. */
function someOf(points: readonly Point[]): string[] {
  const labels = [...new Set(points.map(({ label }) => label))];
  const step = Math.ceil(labels.length / 10);
  return labels.filter((_, i) => i % step === 0);
}

function titleBy(frame: Frame): (point: Point) => string {
  const number = tipNumber(frame);
  return ({ label, group, value, low, high, n, complete }) =>
    [
      group === '' ? label : `${group}, ${label}`,
      value === null ? 'no value' : `${frame.measure}: ${number(value)}`,
      ...(low !== null && high !== null ? [`${number(low)} to ${number(high)}`] : []),
      `${n} users`,
      ...(complete ? [] : ['not observed to its end']),
    ].join('\n');
}
