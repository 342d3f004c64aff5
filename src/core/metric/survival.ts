import { defineMetric } from './define-metric.js';
import { degenerateBirthEvent } from './degenerate-birth-event.js';
import { commonNullRules, SO_FAR, SO_FAR_RULE, type Column, type MetricExample } from './metric.js';
import { EVENT_PARAMETERS, integer, optionalDuration, windowLength } from './parameter.js';

/**
 * A user survives with an edit in the second week. Ada's comes at its first instant, 8 January; Ben's at its end, 15
 * January, which is outside. Cleo's and Dan's second weeks are not over: censored, though she has an edit in hers
 * already, which so_far tells. Eve was never registered.
 */
const EXAMPLE: MetricExample = {
  users: [
    { user: 'ada', registered_at: '2024-01-01T00:00:00Z' },
    { user: 'ben', registered_at: '2024-01-01T00:00:00Z' },
    { user: 'cleo', registered_at: '2024-01-20T00:00:00Z' },
    { user: 'dan', registered_at: '2024-01-20T00:00:00Z' },
  ],
  events: [
    { user: 'ada', event: 'edit', time: '2024-01-08T00:00:00Z' },
    { user: 'ben', event: 'edit', time: '2024-01-02T00:00:00Z' },
    { user: 'ben', event: 'edit', time: '2024-01-15T00:00:00Z' },
    { user: 'cleo', event: 'edit', time: '2024-01-28T00:00:00Z' },
    { user: 'dan', event: 'edit', time: '2024-01-21T00:00:00Z' },
    { user: 'eve', event: 'edit', time: '2024-01-09T00:00:00Z' },
  ],
  request: {
    cohort: { users: ['ada', 'ben', 'cleo', 'dan', 'eve'] },
    metric: 'survival',
    params: { event: 'edit', n: 1, t: 'P7D', sunset: 'P7D' },
    as_of: '2024-02-01T00:00:00Z',
  },
  rows: [
    { user: 'ada', values: { survived: true, censored: false, so_far: true }, undefined: {} },
    { user: 'ben', values: { survived: false, censored: false, so_far: false }, undefined: {} },
    { user: 'cleo', values: { survived: null, censored: true, so_far: true }, undefined: { survived: 'censored' } },
    { user: 'dan', values: { survived: null, censored: true, so_far: false }, undefined: { survived: 'censored' } },
    {
      user: 'eve',
      values: { survived: null, censored: null, so_far: null },
      undefined: { survived: 'no_birth', censored: 'no_birth', so_far: 'no_birth' },
    },
  ],
};

const COLUMNS: readonly Column[] = [
  { name: 'survived', type: 'boolean', description: 'At least n events in [birth + t, birth + t + sunset).' },
  {
    name: 'censored',
    type: 'boolean',
    description: 'The outcome is open: birth + t or the end of the sunset is not past.',
  },
];

/**
 * The window of the plan is the one in which events count: it begins when `t` has passed, and has no end where there is
 * no sunset.
 */
export interface SurvivalPlan {
  readonly kind: 'survival';
  readonly n: number;
  readonly hasSunset: boolean;
}

export const SURVIVAL = defineMetric({
  id: 'survival',
  version: 2,
  title: 'Survival',
  description: 'Whether each user is still active after t: has at least n events from then on, or within the sunset.',
  formula:
    'survived: at least n matching events in [birth + t, birth + t + sunset); without sunset in [birth + t, as_of), and false then means "not by as_of". so_far, where there is a sunset: at least n of them before as_of, also while the window is open. In a fixed window read `from` for birth and `to - from` for t.',
  parameters: {
    ...EVENT_PARAMETERS,
    n: integer('How many events must be there.', 1_000_000, 1),
    t: windowLength(
      "The time from birth that must have passed, the window's length; an ISO 8601 duration of elapsed time. PT0S: events count from birth on.",
      'P1D',
      { mayBeNothing: true },
    ),
    sunset: optionalDuration(
      'How long events count from birth + t on; null or not given: up to as_of. An ISO 8601 duration of elapsed time.',
    ),
  },
  columns: [...COLUMNS, SO_FAR],
  // Without sunset the window is never open: it ends at as_of.
  columnsFor: ({ sunset }) => (sunset === null ? COLUMNS : [...COLUMNS, SO_FAR]),
  nullRules: [
    ...commonNullRules(['survived', 'censored', SO_FAR.name]),
    {
      reason: 'censored',
      columns: ['survived'],
      when: 'as_of is not after birth + t; or it is before birth + t + sunset (a fixed window that has begun is measured up to as_of instead).',
    },
    SO_FAR_RULE,
  ],
  windowFromT: true,
  refusesOffset: true,
  plan: ({ n, sunset }): SurvivalPlan => ({ kind: 'survival', n, hasSunset: sunset !== null }),
  reach: ({ sunset }) => ({ afterEndMs: sunset ?? Infinity }),
  warnings: ({ n, t }, request) => (n === 1 && t === 'PT0S' ? degenerateBirthEvent(request) : []),
  example: EXAMPLE,
});
