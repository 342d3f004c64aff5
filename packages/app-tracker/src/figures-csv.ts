import { type AnyTrackable, ofKind } from './known-trackables.js';
import { joinedCheckpoints, type Sequence } from './trackables/sequence.js';
import { State } from './trackables/state.js';
import type { Statistic } from './trackables/statistic.js';
import { Timer } from './trackables/timer.js';

type Cell = string | number | null;

const TYPES = { statistic: 'Statistic', state: 'State', timer: 'Timer', sequence: 'Sequence' } as const;

/**
 * Lines of `Name,Type,Value,Description`, by RFC 4180: the value is a total, seconds, completions, or a
 * state; no state is an empty cell, as no state is called so.
 */
export function figuresCsv(trackables: readonly AnyTrackable[], orderBy: 'type' | 'name'): string {
  const rows = trackables.map((one) => [one.name, TYPES[one.kind], valueOf(one), one.description]);
  const [first, second] = orderBy === 'type' ? [1, 0] : [0, 1];
  const sorted = rows.toSorted((a, b) => compared(a[first], b[first]) || compared(a[second], b[second]));
  return csv([['Name', 'Type', 'Value', 'Description'], ...sorted]);
}

/** A section for each kind with all of its figures, for people. */
export function figuresReport(trackables: readonly AnyTrackable[], digits: number): string {
  const short = (value: number | null): Cell => (value === null ? null : Number(value.toPrecision(digits)));
  const sections: Cell[][][] = [
    [
      ['States'],
      ['Name', 'Description', 'State', 'Number of Changes'],
      ...ofKind<State>(trackables, 'state').map((one) => [one.name, one.description, valueOf(one), one.changes]),
    ],
    [
      ['Statistics'],
      ['Name', 'Description', 'Total', 'Average'],
      ...ofKind<Statistic>(trackables, 'statistic').map((one) => [
        one.name,
        one.description,
        short(one.value),
        short(one.average),
      ]),
    ],
    [
      ['Timers'],
      ['Name', 'Description', 'Average Seconds', 'Total Seconds', 'Total Minutes', 'Total Hours', 'Total Days'],
      ...ofKind<Timer>(trackables, 'timer').map((one) => [
        one.name,
        one.description,
        ...[one.averageSeconds, one.totalSeconds, one.totalMinutes, one.totalHours, one.totalDays].map(short),
      ]),
    ],
    [
      ['Sequences'],
      ['Name', 'Description', 'Sequence', 'Number of Completions'],
      ...ofKind<Sequence>(trackables, 'sequence').map((one) => [
        one.name,
        one.description,
        joinedCheckpoints(one.checkpoints),
        one.completions,
      ]),
    ],
  ];
  return sections.map(csv).join('\r\n');
}

function valueOf(one: AnyTrackable): Cell {
  if (one instanceof State) return one.value;
  if (one instanceof Timer) return one.totalSeconds;
  return 'completions' in one ? one.completions : one.value;
}

function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cellOf).join(',')}\r\n`).join('');
}

function cellOf(cell: Cell): string {
  const text = String(cell ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function compared(a: Cell | undefined, b: Cell | undefined): number {
  const [one, other] = [String(a), String(b)];
  return one < other ? -1 : Number(one > other);
}
