import type { Answer } from '@muster/client';
import type { DataTable } from './data-table.js';
import { histogramOf, type Choice } from './figures.js';
import { cohortTable, figureIsByKey, groupTable, histogramTable, keyTable, seriesTable } from './tables.js';

/** What a picture is drawn with. */
export interface Frame {
  /** In pixels. */
  readonly width: number;
  /** What the numbers are: the figure, the column and its unit. */
  readonly measure: string;
  /** Whether they are parts of 1. */
  readonly isShare: boolean;
  readonly timeZone: string;
}

export type Draw = (table: DataTable, frame: Frame) => SVGSVGElement;

/** A way to show an answer: its data as a table, and a drawing of that. */
export interface Picture {
  readonly id: string;
  readonly label: string;
  /** Whether the answer has what it shows. */
  readonly fits: (answer: Answer, choice: Choice) => boolean;
  readonly table: (answer: Answer, choice: Choice) => DataTable;
  readonly draw: () => Promise<Draw>;
  /** Whether the choice of a figure changes nothing in it. */
  readonly isOfAllFigures?: true;
}

const hasSlices = ({ series, breakdown }: Answer): boolean =>
  (series !== null && series.length > 0 && series[0]?.age === null) ||
  (breakdown ?? []).some((group) => group.series?.[0]?.age === null);
const hasGroupedSlices = (answer: Answer): boolean => hasSlices(answer) && answer.breakdown !== null;

/** Every picture, the one that says most of an answer first. Survival curves, funnels and comparisons go here. */
export const PICTURES: readonly Picture[] = [
  {
    id: 'heat',
    label: 'Cohort table',
    fits: ({ series }) => series !== null && series.some(({ age }) => age !== null),
    table: cohortTable,
    draw: async () => (await import('./draw/heat.js')).drawHeat,
  },
  {
    id: 'lines',
    label: 'Lines',
    fits: hasSlices,
    table: seriesTable,
    draw: async () => (await import('./draw/series.js')).drawLines,
  },
  {
    id: 'bars',
    label: 'Bars',
    fits: (answer) => hasSlices(answer) && !hasGroupedSlices(answer),
    table: seriesTable,
    draw: async () => (await import('./draw/series.js')).drawBars,
  },
  {
    id: 'stacked',
    label: 'Stacked',
    // Means do not add up.
    fits: (answer, { figure }) => hasGroupedSlices(answer) && ['sum', 'n'].includes(figure),
    table: seriesTable,
    draw: async () => (await import('./draw/series.js')).drawStacked,
  },
  {
    id: 'groups',
    label: 'Groups',
    fits: ({ breakdown }) => breakdown !== null && breakdown.length > 0,
    table: groupTable,
    draw: async () => (await import('./draw/groups.js')).drawGroups,
  },
  {
    id: 'keys',
    label: 'By key',
    fits: figureIsByKey,
    table: keyTable,
    draw: async () => (await import('./draw/groups.js')).drawGroups,
  },
  {
    id: 'histogram',
    label: 'Histogram',
    fits: ({ aggregates }, { column }) => (histogramOf(aggregates?.[column])?.counts.length ?? 0) > 0,
    table: histogramTable,
    draw: async () => (await import('./draw/histogram.js')).drawHistogram,
    isOfAllFigures: true,
  },
];
