import { invalid, pointerTo } from '../failure.js';
import type { JsonValue } from '../json.js';
import { defineMetric } from './define-metric.js';
import {
  censoredRule,
  commonNullRules,
  SO_FAR,
  SO_FAR_RULE,
  unitName,
  withUnits,
  type Column,
  type MetricExample,
} from './metric.js';
import { duration, EVENT_PARAMETERS, readNumber, type MetricParameter } from './parameter.js';

/**
 * Minutes from the first to the third edit: 3 minutes for Ada, 26 hours for Ben, 10 days for Cleo. Dan has no third
 * one; Fay's and Gil's windows are open: his third is there already, hers can still come. Nobody has heard of Eve.
 */
const EXAMPLE: MetricExample = {
  users: [
    { user: 'ada', registered_at: '2024-01-01T00:00:00Z' },
    { user: 'ben', registered_at: '2024-01-01T00:00:00Z' },
    { user: 'cleo', registered_at: '2024-01-01T00:00:00Z' },
    { user: 'dan', registered_at: '2024-01-01T00:00:00Z' },
    { user: 'fay', registered_at: '2024-01-25T00:00:00Z' },
    { user: 'gil', registered_at: '2024-01-25T00:00:00Z' },
  ],
  events: [
    { user: 'ada', event: 'edit', time: '2024-01-02T10:00:00Z' },
    { user: 'ada', event: 'edit', time: '2024-01-02T10:03:00Z' },
    { user: 'ada', event: 'edit', time: '2024-01-02T10:03:00Z' },
    { user: 'ada', event: 'edit', time: '2024-01-05T00:00:00Z' },
    { user: 'ben', event: 'edit', time: '2024-01-02T10:00:00Z' },
    { user: 'ben', event: 'edit', time: '2024-01-02T11:00:00Z' },
    { user: 'ben', event: 'edit', time: '2024-01-03T12:00:00Z' },
    { user: 'cleo', event: 'edit', time: '2024-01-12T00:00:00Z' },
    { user: 'cleo', event: 'edit', time: '2024-01-02T00:00:00Z' },
    { user: 'cleo', event: 'edit', time: '2024-01-04T00:00:00Z' },
    { user: 'dan', event: 'edit', time: '2024-01-02T00:00:00Z' },
    { user: 'dan', event: 'edit', time: '2024-01-03T00:00:00Z' },
    { user: 'dan', event: 'edit', time: '2024-01-15T00:00:00Z' },
    { user: 'fay', event: 'edit', time: '2024-01-26T00:00:00Z' },
    { user: 'gil', event: 'edit', time: '2024-01-25T00:00:00Z' },
    { user: 'gil', event: 'edit', time: '2024-01-26T00:00:00Z' },
    { user: 'gil', event: 'edit', time: '2024-01-27T00:00:00Z' },
  ],
  request: {
    cohort: { users: ['ada', 'ben', 'cleo', 'dan', 'eve', 'fay', 'gil'] },
    metric: 'time_to_threshold',
    params: { event: 'edit', first: 1, threshold: 3, unit: 'PT1M' },
    window: { kind: 'since_birth', length: 'P14D' },
    as_of: '2024-02-01T00:00:00Z',
  },
  rows: [
    { user: 'ada', values: { duration: 3, so_far: true }, undefined: {} },
    { user: 'ben', values: { duration: 1_560, so_far: true }, undefined: {} },
    { user: 'cleo', values: { duration: 14_400, so_far: true }, undefined: {} },
    { user: 'dan', values: { duration: null, so_far: false }, undefined: { duration: 'never' } },
    {
      user: 'eve',
      values: { duration: null, so_far: null },
      undefined: { duration: 'unknown_user', so_far: 'unknown_user' },
    },
    { user: 'fay', values: { duration: null, so_far: false }, undefined: { duration: 'censored' } },
    { user: 'gil', values: { duration: null, so_far: true }, undefined: { duration: 'censored' } },
  ],
};

/** The place of an event in the window by time, from 1, or a word for an instant. */
function ordinalOr<Word extends string>(
  description: string,
  word: Word,
  own: JsonValue,
): MetricParameter<number | Word> {
  const ordinal = { type: 'integer', minimum: 1, maximum: 1_000_000 };
  return {
    schema: { description, anyOf: [ordinal, { const: word }] },
    required: false,
    default: own,
    read: (value) => (value === word ? word : readNumber(value)),
  };
}

const COLUMNS: readonly Column[] = [
  { name: 'duration', type: 'duration', unit: 'second', description: 'From `first` to `threshold`, in `unit`.' },
  SO_FAR,
];

export interface TimeToThresholdPlan {
  readonly kind: 'time_to_threshold';
  /** From birth (in a fixed window from its start), or from the k-th event of the window. */
  readonly first: 'birth' | number;
  /** To the n-th event of the window, n > k, or to the last. */
  readonly threshold: number | 'last';
  readonly unitMs: number;
}

export const TIME_TO_THRESHOLD = defineMetric({
  id: 'time_to_threshold',
  version: 2,
  title: 'Time to threshold',
  description: 'How long each user took from birth, or from one event of the window, to a later one.',
  formula:
    'duration: from birth, or from the k-th matching event of the window, to its n-th or last one, by time; in `unit`. so_far: both events are there before as_of, also while the window is open; of `last` always false, as another may come. In a fixed window read `from` for birth.',
  parameters: {
    ...EVENT_PARAMETERS,
    first: ordinalOr(
      'Where the time begins: "birth", or 1 for the first matching event of the window, 2 for the second.',
      'birth',
      'birth',
    ),
    threshold: ordinalOr(
      'Where the time ends: 1 for the first matching event of the window, 2 for the second, or "last". As a number it is more than `first`.',
      'last',
      1,
    ),
    unit: duration('The unit of the duration; an ISO 8601 duration of elapsed time, longer than PT0S.', 'PT1S'),
  },
  columns: COLUMNS,
  columnsFor: ({ unit }) => withUnits(COLUMNS, { duration: unitName(unit) }),
  nullRules: [
    ...commonNullRules(['duration', SO_FAR.name]),
    censoredRule(['duration']),
    SO_FAR_RULE,
    { reason: 'never', columns: ['duration'], when: 'One of the two events is not there.' },
  ],
  windowFromT: false,
  check: refuseBackwards,
  plan: ({ first, threshold, unit }): TimeToThresholdPlan => ({
    kind: 'time_to_threshold',
    first,
    threshold,
    unitMs: unit,
  }),
  example: EXAMPLE,
});

/** A time that ends where it begins, or before, is a slip: it would be zero or negative for everybody. */
function refuseBackwards(
  { first, threshold }: Pick<TimeToThresholdPlan, 'first' | 'threshold'>,
  pointer: string,
): void {
  if (typeof first !== 'number' || typeof threshold !== 'number' || threshold > first) return;
  throw invalid(
    'invalid_field',
    pointerTo(pointer, 'threshold'),
    `\`threshold\` comes after \`first\`: give ${first + 1} or more, or "last", not ${threshold}.`,
  );
}
