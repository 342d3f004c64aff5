import type { Column } from '../../../src/core/metric/metric.js';
import { readAggregates, type AggregatesAnswer, type AggregatesGroup } from '../../../src/sql/read-aggregates.js';

const COLUMNS: readonly Column[] = [
  { name: 'reached', type: 'boolean', description: '' },
  { name: 'time_to', type: 'duration', unit: 'second', description: '' },
];
const ASKED = ['mean', 'median', 'std', 'p90', 'proportion'];

const group = (position: number, reason: string, n: number, rest: Partial<AggregatesGroup> = {}): AggregatesGroup => ({
  cell: 0,
  group_code: '',
  position,
  reason,
  n,
  sum: 0,
  min: 0,
  max: 0,
  std: 0,
  quantiles: [0, 0],
  ...rest,
});

const answer = (...groups: AggregatesGroup[]): AggregatesAnswer => ({
  groups,
  next_change_ms: 9,
  later_events: 1,
  next_registration_ms: null,
});

describe('readAggregates', () => {
  it('gives each column what was asked and fits its type', () => {
    const { row, facts } = readAggregates(
      answer(
        group(2, 'never', 1),
        group(1, '', 3, { sum: 2, max: 1, quantiles: [1, 1] }),
        group(2, 'unknown_user', 1),
        group(2, '', 2, { sum: 9, min: 3, max: 6, std: 2.5, quantiles: [4.5, 5.7] }),
        group(1, 'unknown_user', 1),
      ),
      COLUMNS,
      ASKED,
    );
    const none = { sum: null, mean: null, min: null, max: null, std: null, positives: null };
    expect(row).toEqual({
      cohort_size: 4,
      users_known: 3,
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
    const { row } = readAggregates(answer(group(2, '', 1, { sum: null })), COLUMNS, ASKED);
    expect(row.columns[1]).toMatchObject({ n: 1, std: null, mean: null });
  });
});
