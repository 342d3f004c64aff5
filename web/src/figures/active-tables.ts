import type { components } from '@muster/client';
import type { Cell, DataTable } from '../read/data-table.js';
import { durationWords } from './duration-words.js';

type Point = components['schemas']['ActiveUsersPoint'];

/** Which of the figures a history shows. */
export const ACTIVE_FIGURES = ['users', 'new', 'connected', 'known_users'] as const;

export type ActiveFigure = (typeof ACTIVE_FIGURES)[number];

export const ACTIVE_FIGURE_WORDS: Readonly<Record<ActiveFigure, string>> = {
  users: 'active users',
  new: 'active for the first time',
  connected: 'connected users',
  known_users: 'known users',
};

/** A row for each slice, and for each window where the figure has them: from, label, group, complete, n, value. */
export function activeTable(points: readonly Point[], figure: ActiveFigure): DataTable {
  const rows = points.flatMap((point): Cell[][] => {
    if (figure === 'connected' || figure === 'known_users') {
      const value = point[figure];
      return [[point.from, point.label, '', point.complete, value, value]];
    }
    return point.windows.map((one) => [
      point.from,
      point.label,
      `in ${durationWords(one.window)}`,
      point.complete,
      one[figure],
      one[figure],
    ]);
  });
  const hasGroups = figure === 'users' || figure === 'new';
  return {
    columns: [
      { name: 'from', label: 'From', type: 'text' },
      { name: 'label', label: 'Slice', type: 'text' },
      { name: 'group', label: hasGroups ? 'Window' : '', type: 'text' },
      { name: 'complete', label: 'Over', type: 'flag' },
      { name: 'n', label: 'Users', type: 'number' },
      { name: 'value', label: 'Value', type: 'number' },
    ],
    rows,
  };
}
