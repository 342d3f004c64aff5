import { defineMetric } from './define-metric.js';
import { degenerateBirthEvent } from './degenerate-birth-event.js';
import { censoredRule, commonNullRules, SO_FAR, SO_FAR_RULE, type MetricExample } from './metric.js';
import { EVENT_PARAMETERS, integer, windowLength } from './parameter.js';

/**
 * Ada: her second edit comes 30 hours after birth: 108,000 s. Ben: his second falls on the window's end, birth + 7
 * days, and does not count. Cleo and Dan have time left until 6 February: censored, though she has her two edits
 * already, which so_far tells, and he has one. Nobody has heard of Eve.
 */
const EXAMPLE: MetricExample = {
  users: [
    { user: 'ada', registered_at: '2024-01-01T00:00:00Z' },
    { user: 'ben', registered_at: '2024-01-05T00:00:00Z' },
    { user: 'cleo', registered_at: '2024-01-30T00:00:00Z' },
    { user: 'dan', registered_at: '2024-01-30T00:00:00Z' },
  ],
  events: [
    { user: 'ada', event: 'edit', time: '2024-01-01T00:00:00Z' },
    { user: 'ada', event: 'edit', time: '2024-01-02T06:00:00Z' },
    { user: 'ada', event: 'edit', time: '2024-01-03T00:00:00Z' },
    { user: 'ben', event: 'edit', time: '2024-01-06T00:00:00Z' },
    { user: 'ben', event: 'edit', time: '2024-01-12T00:00:00Z' },
    { user: 'cleo', event: 'edit', time: '2024-01-30T01:00:00Z' },
    { user: 'cleo', event: 'edit', time: '2024-01-30T02:00:00Z' },
    { user: 'dan', event: 'edit', time: '2024-01-31T00:00:00Z' },
  ],
  request: {
    cohort: { users: ['ada', 'ben', 'cleo', 'dan', 'eve'] },
    metric: 'threshold',
    params: { event: 'edit', n: 2, t: 'P7D' },
    as_of: '2024-02-01T00:00:00Z',
  },
  rows: [
    { user: 'ada', values: { reached: true, time_to: 108000, censored: false, so_far: true }, undefined: {} },
    {
      user: 'ben',
      values: { reached: false, time_to: null, censored: false, so_far: false },
      undefined: { time_to: 'never' },
    },
    {
      user: 'cleo',
      values: { reached: null, time_to: null, censored: true, so_far: true },
      undefined: { reached: 'censored', time_to: 'censored' },
    },
    {
      user: 'dan',
      values: { reached: null, time_to: null, censored: true, so_far: false },
      undefined: { reached: 'censored', time_to: 'censored' },
    },
    {
      user: 'eve',
      values: { reached: null, time_to: null, censored: null, so_far: null },
      undefined: {
        reached: 'unknown_user',
        time_to: 'unknown_user',
        censored: 'unknown_user',
        so_far: 'unknown_user',
      },
    },
  ],
};

/** The window is the one in which n events must be there. */
export interface ThresholdPlan {
  readonly kind: 'threshold';
  readonly n: number;
}

export const THRESHOLD = defineMetric({
  id: 'threshold',
  version: 2,
  title: 'Threshold',
  description: 'Whether each user has at least n events within t of birth, and how long the n-th took.',
  formula:
    'reached: at least n matching events in [birth + offset, birth + offset + t), the offset of the window being PT0S unless given. time_to: from birth to the n-th of them. so_far: at least n of them before as_of, also while the window is open. In a fixed window read `from` for birth and `to - from` for t.',
  parameters: {
    ...EVENT_PARAMETERS,
    n: integer('How many events must be there.', 1_000_000, 1),
    t: windowLength(
      "The time from birth, or from the offset after it, within which they count, the window's length; an ISO 8601 duration of elapsed time.",
      'P1D',
    ),
  },
  columns: [
    { name: 'reached', type: 'boolean', description: 'At least n events in [birth + offset, birth + offset + t).' },
    { name: 'time_to', type: 'duration', unit: 'second', description: 'From birth to the n-th event.' },
    {
      name: 'censored',
      type: 'boolean',
      description: 'The outcome is open: the window is not over; a fixed one: has not begun.',
    },
    SO_FAR,
  ],
  nullRules: [
    ...commonNullRules(['reached', 'time_to', 'censored', SO_FAR.name]),
    censoredRule(['reached', 'time_to']),
    SO_FAR_RULE,
    { reason: 'never', columns: ['time_to'], when: 'The window is over and n was not reached.' },
  ],
  windowFromT: true,
  plan: ({ n }): ThresholdPlan => ({ kind: 'threshold', n }),
  warnings: ({ n }, request) => (n === 1 ? degenerateBirthEvent(request) : []),
  example: EXAMPLE,
});
