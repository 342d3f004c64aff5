import * as Plot from '@observablehq/plot';
import { recordsOf, type DataTable } from '../data-table.js';
import type { Frame } from '../pictures.js';
import { marginFor, plotted, tipNumber } from './plotted.js';

interface CellOfTable {
  readonly label: string;
  readonly age: number;
  readonly complete: boolean;
  readonly n: number;
  readonly value: number | null;
}

const ROW_HEIGHT = 30;
/** Below it a cell has no room for a number. */
const NARROWEST_WRITTEN = 44;
const STEPS = 9;

/**
 * The cohort table: a row for those born together, a column for each age, the darker the larger. Cells that were not
 * observed to their end are hatched; those in which nobody was observed have no colour and no number.
 */
export function drawHeat(table: DataTable, frame: Frame): SVGSVGElement {
  const cells = cellsOf(table);
  const labels = [...new Set(cells.map(({ label }) => label))];
  const ages = [...new Set(cells.map(({ age }) => age))];
  const number = tipNumber(frame);
  const short = new Intl.NumberFormat(
    undefined,
    frame.isShare
      ? { style: 'percent', maximumFractionDigits: 0 }
      : { notation: 'compact', maximumSignificantDigits: 3 },
  );
  const marginLeft = marginFor(labels, 140);
  const isWritten = (frame.width - marginLeft) / ages.length >= NARROWEST_WRITTEN;
  const known = cells.filter(({ value }) => value !== null);
  const largest = Math.max(...known.map(({ value }) => value ?? 0), Number.MIN_VALUE);
  // By the root: the small figures of later ages are told apart beside the large ones of the first.
  const stepOf = ({ value }: CellOfTable): number =>
    Math.min(STEPS, 1 + Math.floor(Math.sqrt(Math.max(0, value ?? 0) / largest) * STEPS));
  const title = ({ label, age, value, n, complete }: CellOfTable): string =>
    [
      `born ${label}, age ${age}`,
      value === null ? 'nobody was observed' : `${frame.measure}: ${number(value)}`,
      `${n} users`,
      ...(complete ? [] : ['not observed to its end']),
    ].join('\n');
  const svg = plotted({
    width: frame.width,
    height: labels.length * ROW_HEIGHT + 60,
    marginLeft,
    marginTop: 40,
    marginBottom: 4,
    x: {
      type: 'band',
      domain: ages,
      axis: 'top',
      label: 'Age',
      tickSize: 0,
      padding: 0.04,
      round: false,
      ticks: someOf(ages),
    },
    y: { type: 'band', domain: labels, label: null, tickSize: 0, padding: 0.06 },
    marks: [
      Plot.cell(
        cells.filter(({ value }) => value === null),
        { x: 'age', y: 'label', fill: 'none', stroke: 'var(--line)' },
      ),
      Plot.cell(known, { x: 'age', y: 'label', fill: (cell: CellOfTable) => `var(--heat-${stepOf(cell)})` }),
      Plot.cell(
        cells.filter(({ complete }) => !complete),
        { x: 'age', y: 'label', fill: 'url(#not-observed)' },
      ),
      ...(isWritten
        ? [
            Plot.text(known, {
              x: 'age',
              y: 'label',
              text: ({ value }: CellOfTable) => short.format(value ?? 0),
              fill: (cell: CellOfTable) => (stepOf(cell) >= 6 ? 'var(--heat-ink-strong)' : 'var(--heat-ink)'),
            }),
          ]
        : []),
      Plot.tip(cells, Plot.pointer({ x: 'age', y: 'label', title })),
    ],
  });
  svg.prepend(hatching());
  return svg;
}

function cellsOf(table: DataTable): CellOfTable[] {
  return recordsOf(table).map((row) => ({
    label: String(row['label']),
    age: Number(row['age']),
    complete: row['complete'] === true,
    n: Number(row['n']),
    value: row['value'] as number | null,
  }));
}

function someOf(ages: readonly number[]): number[] {
  const step = Math.ceil(ages.length / 20);
  return ages.filter((_, i) => i % step === 0);
}

/** A pattern of thin lines. */
function hatching(): SVGDefsElement {
  const space = 'http://www.w3.org/2000/svg';
  const defs = document.createElementNS(space, 'defs');
  const pattern = document.createElementNS(space, 'pattern');
  const line = document.createElementNS(space, 'path');
  for (const [name, value] of Object.entries({
    id: 'not-observed',
    width: '6',
    height: '6',
    patternUnits: 'userSpaceOnUse',
  })) {
    pattern.setAttribute(name, value);
  }
  line.setAttribute('d', 'M-1 1L1 -1M0 6L6 0M5 7L7 5');
  line.setAttribute('stroke', 'var(--hatch)');
  line.setAttribute('stroke-width', '1.2');
  pattern.append(line);
  defs.append(pattern);
  return defs;
}
