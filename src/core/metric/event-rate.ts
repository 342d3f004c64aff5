import { defineMetric } from './define-metric.js';
import { censoredRule, commonNullRules, unitName, withUnits, type Column, type MetricExample } from './metric.js';
import { duration, EVENT_PARAMETERS, integer } from './parameter.js';

/**
 * Periods are of two days, so a window of four days has two. Ada: three edits, as the one on its end (5 January) does
 * not count: 1.5 in a period. Ben: none: 0. Cleo's window is not over. Nobody has heard of Eve.
 */
const EXAMPLE: MetricExample = {
  users: [
    { user: 'ada', registered_at: '2024-01-01T00:00:00Z' },
    { user: 'ben', registered_at: '2024-01-10T00:00:00Z' },
    { user: 'cleo', registered_at: '2024-01-29T00:00:00Z' },
  ],
  events: [
    { user: 'ada', event: 'edit', time: '2024-01-01T00:00:00Z' },
    { user: 'ada', event: 'edit', time: '2024-01-03T12:00:00Z' },
    { user: 'ada', event: 'edit', time: '2024-01-04T23:59:59.999Z' },
    { user: 'ada', event: 'edit', time: '2024-01-05T00:00:00Z' },
    { user: 'cleo', event: 'edit', time: '2024-01-30T00:00:00Z' },
  ],
  request: {
    cohort: { users: ['ada', 'ben', 'cleo', 'eve'] },
    metric: 'event_rate',
    params: { event: 'edit', unit: 'P1D', unit_count: 2 },
    window: { kind: 'since_birth', length: 'P4D' },
    as_of: '2024-02-01T00:00:00Z',
  },
  rows: [
    { user: 'ada', values: { count: 3, rate: 1.5, period: 2 }, undefined: {} },
    { user: 'ben', values: { count: 0, rate: 0, period: 2 }, undefined: {} },
    {
      user: 'cleo',
      values: { count: null, rate: null, period: null },
      undefined: { count: 'censored', rate: 'censored', period: 'censored' },
    },
    {
      user: 'eve',
      values: { count: null, rate: null, period: null },
      undefined: { count: 'unknown_user', rate: 'unknown_user', period: 'unknown_user' },
    },
  ],
};

const COLUMNS: readonly Column[] = [
  { name: 'count', type: 'number', unit: 'event', isWhole: true, description: 'Matching events in the window.' },
  { name: 'rate', type: 'number', unit: 'event/hour', description: 'Events for each period of unit x unit_count.' },
  {
    name: 'period',
    type: 'duration',
    unit: 'hour',
    description: 'How long the window was observed, in periods of unit x unit_count.',
  },
];
const NAMES = COLUMNS.map(({ name }) => name);

export interface EventRatePlan {
  readonly kind: 'event_rate';
  readonly periodMs: number;
}

export const EVENT_RATE = defineMetric({
  id: 'event_rate',
  version: 1,
  title: 'Event rate',
  description: 'How many events each user has per unit of time in the window.',
  formula:
    'period: the observed length of the window / (unit x unit_count). rate: count / period. Of a fixed window that is not over [from, as_of) is observed.',
  parameters: {
    ...EVENT_PARAMETERS,
    unit: duration('The unit of time; an ISO 8601 duration of elapsed time, longer than PT0S.', 'PT1H'),
    unit_count: integer('How many units make one period.', 1_000_000, 1),
  },
  columns: COLUMNS,
  columnsFor: (params) => {
    const unit = unitName(periodMs(params));
    return withUnits(COLUMNS, { rate: `event/${unit}`, period: unit });
  },
  nullRules: [
    ...commonNullRules(NAMES),
    censoredRule(NAMES),
    {
      reason: 'no_denominator',
      columns: ['rate'],
      when: 'A calendar window is over before the user is born in its period.',
    },
  ],
  windowFromT: false,
  plan: (params): EventRatePlan => ({ kind: 'event_rate', periodMs: periodMs(params) }),
  example: EXAMPLE,
});

function periodMs({ unit, unit_count: count }: { readonly unit: number; readonly unit_count: number }): number {
  return unit * count;
}
