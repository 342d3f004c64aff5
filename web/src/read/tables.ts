import type { Answer, components } from '@muster/client';
import type { Cell, DataColumn, DataTable } from './data-table.js';
import { figureNames, figureOf, figuresByKey, histogramOf, isShare, type Choice } from './figures.js';

type SeriesPoint = components['schemas']['SeriesPoint'];
type BreakdownGroup = components['schemas']['BreakdownGroup'];

const INTERVAL: readonly DataColumn[] = [
  { name: 'low', label: 'Low', type: 'number' },
  { name: 'high', label: 'High', type: 'number' },
];
const USERS: DataColumn = { name: 'n', label: 'Users', type: 'number' };
const COMPLETE: DataColumn = { name: 'complete', label: 'Complete', type: 'flag' };

/** The column of a figure. Its name in tables is always `value`. */
function valueColumn(figure: string): DataColumn {
  return { name: 'value', label: figure, type: isShare(figure) ? 'share' : 'number' };
}

function intervalColumns(figure: string): readonly DataColumn[] {
  return isShare(figure) ? INTERVAL.map((column) => ({ ...column, type: 'share' as const })) : [];
}

function intervalCells(figure: string, low: number | null, high: number | null): Cell[] {
  return isShare(figure) ? [low, high] : [];
}

/** A row for each slice, in each group where there are groups: from, label, group, complete, n, value. */
export function seriesTable(answer: Answer, { column, figure }: Choice): DataTable {
  const groups = seriesGroups(answer);
  const hasGroups = answer.breakdown !== null;
  const rows = groups.flatMap(({ name, points }) =>
    points
      .filter(({ age }) => age === null)
      .map((point) => {
        const found = figureOf(point.aggregates[column], figure);
        const { n } = point.aggregates[column] ?? { n: null };
        return [
          point.from,
          point.label,
          ...(hasGroups ? [name] : []),
          point.complete,
          n,
          found?.value ?? null,
          ...intervalCells(figure, found?.low ?? null, found?.high ?? null),
        ];
      }),
  );
  return {
    columns: [
      { name: 'from', label: 'From', type: 'text' },
      { name: 'label', label: 'Slice', type: 'text' },
      ...(hasGroups ? [{ name: 'group', label: answer.breakdown?.[0]?.by ?? 'Group', type: 'text' as const }] : []),
      COMPLETE,
      USERS,
      valueColumn(figure),
      ...intervalColumns(figure),
    ],
    rows,
  };
}

interface SeriesOfGroup {
  readonly name: string;
  readonly points: readonly SeriesPoint[];
}

function seriesGroups({ series, breakdown }: Answer): SeriesOfGroup[] {
  if (breakdown === null) return [{ name: '', points: series ?? [] }];
  return breakdown.map((group) => ({ name: groupName(group), points: group.series ?? [] }));
}

/** A row for each cell of the cohort table: slice, age, complete, n, value. */
export function cohortTable(answer: Answer, { column, figure }: Choice): DataTable {
  const cells = (answer.series ?? []).filter(({ age }) => age !== null);
  return {
    columns: [
      { name: 'label', label: 'Born', type: 'text' },
      { name: 'age', label: 'Age', type: 'number' },
      COMPLETE,
      USERS,
      valueColumn(figure),
      ...intervalColumns(figure),
    ],
    rows: cells.map(({ label, age, complete, aggregates }) => {
      const found = figureOf(aggregates[column], figure);
      const n = aggregates[column]?.n ?? null;
      return [
        label,
        age,
        complete,
        n,
        // What nobody was observed in has no figure: zero would be one.
        n === 0 && figure !== 'n' ? null : (found?.value ?? null),
        ...intervalCells(figure, found?.low ?? null, found?.high ?? null),
      ];
    }),
  };
}

/** A row for each bin: from, to, users. */
export function histogramTable(answer: Answer, { column }: Choice): DataTable {
  const histogram = histogramOf(answer.aggregates?.[column]);
  return {
    columns: [
      { name: 'from', label: 'From', type: 'number' },
      { name: 'to', label: 'To', type: 'number' },
      { name: 'value', label: 'Users', type: 'number' },
    ],
    rows: (histogram?.counts ?? []).map((count, i) => [
      histogram?.edges[i] ?? null,
      histogram?.edges[i + 1] ?? null,
      count,
    ]),
  };
}

/** A row for each group, as the answer has them: the largest first, the rest last. */
export function groupTable(answer: Answer, { column, figure }: Choice): DataTable {
  const groups = answer.breakdown ?? [];
  return {
    columns: [
      { name: 'group', label: groups[0]?.by ?? 'Group', type: 'text' },
      USERS,
      valueColumn(figure),
      ...intervalColumns(figure),
    ],
    rows: groups.map((group) => {
      const found = figureOf(group.aggregates[column], figure);
      return [
        groupName(group),
        group.aggregates[column]?.n ?? null,
        found?.value ?? null,
        ...intervalCells(figure, found?.low ?? null, found?.high ?? null),
      ];
    }),
  };
}

/** A row for each key of a column that is a map. */
export function keyTable(answer: Answer, { column, figure }: Choice): DataTable {
  const byKey = figuresByKey(answer.aggregates?.[column], mapFigure(answer, { column, figure })) ?? {};
  return {
    columns: [
      { name: 'group', label: column, type: 'text' },
      { name: 'value', label: mapFigure(answer, { column, figure }), type: 'number' },
    ],
    rows: Object.entries(byKey).sort(([, a], [, b]) => b - a),
  };
}

/** Of a map the figure that is wanted, or the first that is by key. */
export function mapFigure(answer: Answer, { column, figure }: Choice): string {
  const aggregates = answer.aggregates?.[column];
  if (figuresByKey(aggregates, figure) !== null) return figure;
  const names = Object.keys(aggregates ?? {}).filter((name) => name !== 'undefined');
  return names.find((name) => figuresByKey(aggregates, name) !== null) ?? figure;
}

/** A row for each column of the answer and each of its figures, with intervals and who has no value for which reason. */
export function aggregateTable(answer: Answer): DataTable {
  const rows = answer.columns.flatMap(({ name, unit }) => {
    const aggregates = answer.aggregates?.[name];
    return figureNames(aggregates).map((figure) => {
      const found = figureOf(aggregates, figure);
      return [
        name,
        figure,
        found?.value ?? null,
        found?.low ?? null,
        found?.high ?? null,
        figure === 'n' ? null : unit,
      ];
    });
  });
  return {
    columns: [
      { name: 'column', label: 'Column', type: 'text' },
      { name: 'figure', label: 'Figure', type: 'text' },
      { name: 'value', label: 'Value', type: 'number' },
      ...INTERVAL,
      { name: 'unit', label: 'Unit', type: 'text' },
    ],
    rows,
  };
}

function groupName({ group, rest }: BreakdownGroup): string {
  if (rest === true) return 'all others';
  return group === null ? 'none' : String(group);
}

/** Whether the column is a map, of which figures are by key. */
export function figureIsByKey(answer: Answer, choice: Choice): boolean {
  const byKey = figuresByKey(answer.aggregates?.[choice.column], mapFigure(answer, choice));
  return byKey !== null && Object.keys(byKey).length > 0;
}
