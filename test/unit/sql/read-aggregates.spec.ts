import type { Column } from '../../../src/core/metric/metric.js';
import { readAggregates, type AggregatesAnswer, type ColumnStatistics } from '../../../src/sql/read-aggregates.js';

const COLUMNS: readonly Column[] = [
  { name: 'reached', type: 'boolean', description: '' },
  { name: 'time_to', type: 'duration', unit: 'second', description: '' },
];
const ASKED = ['mean', 'median', 'std', 'p90', 'proportion'];

const statistics = (changes: Partial<ColumnStatistics> = {}): ColumnStatistics => ({
  sum: 0,
  min: 0,
  max: 0,
  std: 0,
  quantiles: [0, 0],
  bins: {},
  weighted: 0,
  weights: 0,
  distinct: 0,
  ...changes,
});

const answer = (changes: Partial<AggregatesAnswer> = {}): AggregatesAnswer => ({
  parts: [],
  next_change_ms: 9,
  unfinished_users: 0,
  later_events: 1,
  next_registration_ms: null,
  ...changes,
});

const whole = { cell: 0, group_code: '', outcomes: {} };

describe('readAggregates', () => {
  it('gives each column what was asked and fits its type', () => {
    const { row, facts } = readAggregates(
      answer({
        parts: [
          {
            ...whole,
            users: 4,
            columns: {
              c1: { sum: 2 },
              c2: statistics({ sum: 9, min: 3, max: 6, std: 2.5, quantiles: [4.5, 5.7] }),
            },
            outcomes: { ',never': 1, 'unknown_user,unknown_user': 1 },
          },
        ],
      }),
      COLUMNS,
      ASKED,
    );
    const none = { sum: null, mean: null, min: null, max: null, std: null, positives: null };
    expect(row).toEqual({
      cohort_size: 4,
      users_known: 3,
      users_unfinished: 0,
      next_change_ms: 9,
      columns: [
        { ...none, n: 3, reasons: { unknown_user: 1 }, positives: 2, quantiles: {} },
        {
          ...none,
          n: 2,
          reasons: { never: 1, unknown_user: 1 },
          mean: 4.5,
          std: 2.5,
          quantiles: { p50: 4.5, p90: 5.7 },
        },
      ],
    });
    expect(facts).toEqual({ nextChangeMs: 9, laterEvents: true, nextRegistrationMs: null });
  });

  it('has a row for every column of a cohort without users', () => {
    const { row } = readAggregates(answer(), COLUMNS, ASKED);
    expect(row).toMatchObject({ cohort_size: 0, users_known: 0 });
    expect(row.columns).toEqual(
      [{}, { p50: null, p90: null }].map((quantiles) => ({
        n: 0,
        reasons: {},
        sum: null,
        mean: null,
        min: null,
        max: null,
        std: null,
        positives: null,
        quantiles,
      })),
    );
  });

  it('has no deviation of one value, and no mean of a sum beyond all doubles', () => {
    const columns = { c1: statistics(), c2: statistics({ sum: null }) };
    const { row } = readAggregates(answer({ parts: [{ ...whole, users: 1, columns }] }), COLUMNS, ASKED);
    expect(row.columns[1]).toMatchObject({ n: 1, std: null, mean: null });
  });

  it('tells cells and groups apart, each with its own reasons', () => {
    const columns = { c1: statistics({ sum: 1 }), c2: statistics({ sum: 6 }) };
    const { row, parts } = readAggregates(
      answer({
        parts: [
          { ...whole, cell: 1, group_code: ':tDE', users: 2, columns },
          { ...whole, users: 5, columns },
          { ...whole, cell: 1, users: 3, columns, outcomes: { ',never': 2 } },
        ],
      }),
      COLUMNS,
      ASKED,
    );
    expect(row.cohort_size).toBe(5);
    expect(parts.map(({ cell, code, size, columns: rows }) => [cell, code, size, rows[1]?.n, rows[1]?.mean])).toEqual([
      [1, ':tDE', 2, 2, 3],
      [1, '', 3, 1, 6],
    ]);
  });
});
