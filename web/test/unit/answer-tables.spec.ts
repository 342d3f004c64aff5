import type { Answer } from '../../../packages/client/src/index.js';
import { toCsv, toTabs, valuesOf, type DataTable } from '../../src/read/data-table.js';
import { choiceIn, figureOf, histogramOf, reasonsOf } from '../../src/read/figures.js';
import { PICTURES } from '../../src/read/pictures.js';
import { cohortTable, groupTable, histogramTable, keyTable, seriesTable } from '../../src/read/tables.js';
import { reasonsIn, usersTable } from '../../src/read/users-table.js';
import { markedParts } from '../../src/text/marked-words.js';
import { cohortWords, durationWords, windowWords } from '../../src/text/request-words.js';

const PROPORTION = { value: 0.25, low: 0.1, high: 0.5, level: 0.95, positives: 1 };
const CHOICE = { column: 'count', figure: 'mean' };

function answer(part: object): Answer {
  const base = { columns: [{ name: 'count', type: 'number', unit: null }], series: null, breakdown: null };
  return { ...base, aggregates: null, cohort: { size: 4 }, ...part } as unknown as Answer;
}

function point(label: string, age: number | null, figures: object, complete = true): object {
  return { from: `${label}-01T00:00:00.000Z`, to: '', label, age, complete, aggregates: { count: figures } };
}

function fittingIds(of: Answer, choice = CHOICE): string[] {
  return PICTURES.filter(({ fits }) => fits(of, choice)).map(({ id }) => id);
}

describe('tables of an answer', () => {
  it('have a row for each slice, and no value where there is none', () => {
    const of = answer({
      series: [point('2026-01', null, { n: 4, mean: 2 }), point('2026-02', null, { n: 0, mean: null }, false)],
    });
    const table = seriesTable(of, CHOICE);
    expect(valuesOf(table, 'value')).toEqual([2, null]);
    expect(valuesOf(table, 'complete')).toEqual([true, false]);
    expect(fittingIds(of)).toEqual(['lines', 'bars']);
  });

  it('have a row for each slice of each group, which stack where they add up', () => {
    const series = [point('2026-01', null, { n: 1, sum: 3 })];
    const of = answer({
      series: [point('2026-01', null, { n: 4, sum: 9 })],
      breakdown: [
        { by: 'trait:skin', group: 'vector', aggregates: { count: { n: 1, sum: 3 } }, series },
        { by: 'trait:skin', group: null, aggregates: { count: { n: 3, sum: 6 } }, series },
        { by: 'trait:skin', group: null, rest: true, aggregates: { count: { n: 3, sum: 6 } }, series },
      ],
    });
    const sum = { column: 'count', figure: 'sum' };
    expect(valuesOf(seriesTable(of, sum), 'group')).toEqual(['vector', 'none', 'all others']);
    expect(groupTable(of, sum).rows).toEqual([
      ['vector', 1, 3],
      ['none', 3, 6],
      ['all others', 3, 6],
    ]);
    expect(fittingIds(of, sum)).toEqual(['lines', 'stacked', 'groups']);
    expect(fittingIds(of)).toEqual(['lines', 'groups']);
  });

  it('never say zero of a cell in which nobody was observed', () => {
    const of = answer({
      series: [
        point('2026-01', 0, { n: 4, mean: 1 }),
        point('2026-01', 1, { n: 0, mean: 0 }, false),
        point('2026-01', 2, { n: 2, mean: 0 }, false),
      ],
    });
    expect(valuesOf(cohortTable(of, CHOICE), 'value')).toEqual([1, null, 0]);
    expect(fittingIds(of)).toEqual(['heat']);
  });

  it('have a row for each bin, and for each key of a map', () => {
    const histogram = { edges: [0, 5, 10], counts: [3, 1] };
    const of = answer({ aggregates: { count: { n: 4, histogram } } });
    expect(histogramTable(of, CHOICE).rows).toEqual([
      [0, 5, 3],
      [5, 10, 1],
    ]);
    expect(fittingIds(of)).toEqual(['histogram']);
    const map = answer({ aggregates: { count: { n: 4, undefined: { censored: 2 }, sum: { b: 1, a: 7 } } } });
    expect(keyTable(map, CHOICE).rows).toEqual([
      ['a', 7],
      ['b', 1],
    ]);
    expect(fittingIds(map)).toEqual(['keys']);
  });

  it('hold the interval of a proportion', () => {
    const of = answer({ series: [point('2026-01', null, { n: 4, proportion: PROPORTION })] });
    const table = seriesTable(of, { column: 'count', figure: 'proportion' });
    expect([valuesOf(table, 'value'), valuesOf(table, 'low'), valuesOf(table, 'high')]).toEqual([[0.25], [0.1], [0.5]]);
  });
});

describe('figures', () => {
  it('are numbers and proportions; histograms and maps are none', () => {
    expect(figureOf({ mean: 2 }, 'mean')?.value).toBe(2);
    expect(figureOf({ proportion: PROPORTION }, 'proportion')).toMatchObject({ value: 0.25, low: 0.1, high: 0.5 });
    expect(figureOf({ histogram: { edges: [], counts: [] } }, 'histogram')).toBeNull();
    expect(histogramOf({ sum: { a: 1 } })).toBeNull();
    expect(reasonsOf({ undefined: { never: 1, censored: 5, no_birth: 0 } }).map(({ reason }) => reason)).toEqual([
      'censored',
      'never',
    ]);
  });

  it('are found in parts of an answer whose total has none', () => {
    const of = answer({
      aggregates: { count: { n: 0, proportion: null } },
      series: [point('2026-01', 0, { n: 4, proportion: PROPORTION })],
    });
    expect(choiceIn(of, { column: null, figure: null })).toEqual({ column: 'count', figure: 'proportion' });
    expect(choiceIn(of, { column: 'nothing', figure: 'n' })).toEqual({ column: 'count', figure: 'n' });
  });
});

describe('a table as text', () => {
  const table: DataTable = {
    columns: [
      { name: 'group', label: 'Group', type: 'text' },
      { name: 'value', label: 'Mean', type: 'number' },
    ],
    rows: [
      ['a "b", c', 1.5],
      ['=1+2', -3],
      ['x\ty', null],
    ],
  };

  it('is CSV in which no text is a formula', () => {
    expect(toCsv(table)).toBe('group,value\r\n"a ""b"", c",1.5\r\n\'=1+2,-3\r\nx\ty,\r\n');
  });

  it('is copied with tabs between its cells', () => {
    expect(toTabs(table).split('\n')).toEqual(['Group\tMean', 'a "b", c\t1.5', '=1+2\t-3', 'x y\t']);
  });
});

describe('users of an answer', () => {
  const rows = [
    { user: 'Ann', values: { count: 2 }, undefined: {} },
    { user: 'bob', values: {}, undefined: { count: 'censored' as const } },
  ];

  it('are found by a part of the id and by reason', () => {
    const found = (text: string, reason: string): unknown[] =>
      usersTable(answer({}), rows, { text, reason }).rows.map(([user]) => user);
    expect([found('', ''), found('AN', ''), found('', 'censored'), found('', 'value')]).toEqual([
      ['Ann', 'bob'],
      ['Ann'],
      ['bob'],
      ['Ann'],
    ]);
    expect(usersTable(answer({}), rows, { text: '', reason: '' }).rows[1]).toEqual(['bob', '(censored)']);
    expect(reasonsIn(rows)).toEqual(['censored']);
  });
});

describe('words of a request', () => {
  it('say its cohort, its durations and its window with the time zone', () => {
    expect([cohortWords('january'), cohortWords({ all: true }), cohortWords({ users: ['a', 'b'] })]).toEqual([
      'january',
      'everybody',
      'a list of 2 users',
    ]);
    expect([durationWords('P30D'), durationWords('P1M'), durationWords('P1DT12H'), durationWords('later')]).toEqual([
      '30 days',
      '1 month',
      '1 day 12 hours',
      'later',
    ]);
    const window = { kind: 'fixed', from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' };
    expect(windowWords({ window }, 'Europe/Berlin')).toBe(
      'From 2026-01-01 to before 2026-02-01, days of Europe/Berlin.',
    );
    const since = { window: { kind: 'since_birth', length: 'P7D' }, birth: { kind: 'first_event', event: ['buy'] } };
    expect(windowWords({ ...since, time_zone: 'UTC' }, 'Europe/Berlin')).toBe(
      'In the first 7 days of each user, counted from the first buy; days of UTC.',
    );
  });
});

describe('a text with names in it', () => {
  it('has parts that are known by where they begin', () => {
    expect(markedParts('`a` is not `b`')).toEqual([
      { at: 1, text: 'a', isName: true },
      { at: 3, text: ' is not ', isName: false },
      { at: 12, text: 'b', isName: true },
    ]);
    expect(markedParts('plain')).toEqual([{ at: 0, text: 'plain', isName: false }]);
  });
});
