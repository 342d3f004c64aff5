import type { Figures } from './figures.js';

type Column = readonly [heading: string, cell: (figures: Figures) => string];

const COLUMNS: readonly Column[] = [
  ['rounds', ({ rounds }) => count(rounds)],
  ['accepted', ({ accepted }) => count(accepted)],
  ['succeeded', ({ succeeded }) => count(succeeded)],
  ['failed', ({ failed }) => count(failed)],
  ['cancelled', ({ cancelled }) => count(cancelled)],
  ['POSTs sent again', ({ resent }) => count(resent)],
  ['POSTs refused, full', ({ refused }) => count(refused)],
  ['runs started again', ({ startedAgain }) => count(startedAgain)],
  [
    'runs that lost their worker: worst time until back',
    ({ takenOver, worstTakeoverMs }) =>
      worstTakeoverMs === null ? '' : `${count(takenOver)}: ${(worstTakeoverMs / 1000).toFixed(1)} s`,
  ],
  ['late results refused', ({ lateRefused }) => count(lateRefused)],
  [
    'watchers: saw the end',
    ({ watchers, watchersAtEnd }) => (watchers === 0 ? '' : `${count(watchers)}: ${count(watchersAtEnd)}`),
  ],
  ['lost', ({ lost }) => count(lost)],
  [
    'broken',
    ({ doubleEnds, lateAccepted, wrongAnswers, left }) => count(doubleEnds + lateAccepted + wrongAnswers + left),
  ],
];

export interface Row {
  readonly title: string;
  readonly queue: string;
  readonly figures: Figures;
}

/** The table of docs/reliability.md. */
export function markdownTable(rows: readonly Row[]): string {
  const headings = ['what happens', 'jobs in', ...COLUMNS.map(([heading]) => heading)];
  const cells = rows.map(({ title, queue, figures }) => [title, queue, ...COLUMNS.map(([, cell]) => cell(figures))]);
  const line = (parts: readonly string[]): string => `| ${parts.join(' | ')} |`;
  return [line(headings), line(headings.map((_, i) => (i < 2 ? '---' : '--:'))), ...cells.map(line)].join('\n');
}

const count = (n: number): string => n.toLocaleString('en-US');
