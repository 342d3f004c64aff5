import type { Answer } from '@muster/client';
import type { Cell, DataTable } from '../read/data-table.js';

type Aggregates = Readonly<Record<string, unknown>>;
type SeriesPoint = NonNullable<Answer['series']>[number];

/** Who did it at least once, of an answer about visitors; null: not known. */
export function visitorsOf(aggregates: Aggregates | null | undefined): number | null {
  const occurred = aggregates?.['occurred'] as { readonly proportion?: { readonly positives?: number } } | undefined;
  return occurred?.proportion?.positives ?? null;
}

/** A row for each slice and group: from, label, group, complete, n, value. */
export function visitorTable({ series, breakdown }: Answer, groupLabel: string): DataTable {
  const rows =
    breakdown === null
      ? rowsOf(series ?? [], '')
      : breakdown.flatMap((group) =>
          rowsOf(
            (group.series ?? []) as readonly SeriesPoint[],
            group.rest === true ? 'all others' : String(group.group ?? 'without'),
          ),
        );
  return {
    columns: [
      { name: 'from', label: 'From', type: 'text' },
      { name: 'label', label: 'Slice', type: 'text' },
      { name: 'group', label: groupLabel, type: 'text' },
      { name: 'complete', label: 'Over', type: 'flag' },
      { name: 'n', label: 'Visitors', type: 'number' },
      { name: 'value', label: 'Value', type: 'number' },
    ],
    rows,
  };
}

function rowsOf(points: readonly SeriesPoint[], group: string): Cell[][] {
  return points.map(({ from, label, complete, aggregates }) => {
    const visitors = visitorsOf(aggregates);
    return [from, label, group, complete, visitors, visitors];
  });
}
