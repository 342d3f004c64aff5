import type { components } from '@muster/client';
import type { Cell, DataTable } from '../read/data-table.js';

type Period = components['schemas']['UsagePeriod'];

/** Categories that roll-ups make: what they count is in others already, or is a mean. */
const MADE: ReadonlySet<string> = new Set(['seen', 'daily', 'total']);

/** The categories of the periods, in order. */
export function categoriesOf(periods: readonly Period[]): readonly string[] {
  return [...new Set(periods.flatMap(({ counts }) => counts.map(({ category }) => category)))].sort();
}

/**
 * A row for each period and category, the oldest first, or for each event where one category is chosen: from, label,
 * group, complete, n, value. What roll-ups make is left out unless it is chosen.
 */
export function usageTable(periods: readonly Period[], category: string, now: Date): DataTable {
  const rows = periods.toReversed().flatMap(({ from, to, label, counts }): Cell[][] => {
    const sums = new Map<string, number>();
    for (const one of counts) {
      if (category === '' ? MADE.has(one.category) : one.category !== category) continue;
      const group = category === '' ? one.category : one.event;
      sums.set(group, (sums.get(group) ?? 0) + one.count);
    }
    return [...sums].map(([group, count]) => [from, label, group, new Date(to) <= now, count, count]);
  });
  return {
    columns: [
      { name: 'from', label: 'From', type: 'text' },
      { name: 'label', label: 'Period', type: 'text' },
      { name: 'group', label: category === '' ? 'Category' : 'Event', type: 'text' },
      { name: 'complete', label: 'Over', type: 'flag' },
      { name: 'n', label: 'Counts', type: 'number' },
      { name: 'value', label: 'Value', type: 'number' },
    ],
    rows,
  };
}
