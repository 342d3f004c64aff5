import { defineMetric } from './define-metric.js';
import { censoredRule, commonNullRules, type MetricExample } from './metric.js';
import { EVENT_PARAMETERS } from './parameter.js';

/**
 * Ada: births count from their own instant, the window's end does not (8 January), and a view is no edit: 2. Ben: none:
 * 0, not undefined. Cleo: her window ends on 5 February, after as_of. Dan was never registered. Nobody has heard of
 * Eve.
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
    { user: 'ada', event: 'view', time: '2024-01-04T00:00:00Z' },
    { user: 'ada', event: 'edit', time: '2024-01-08T00:00:00Z' },
    { user: 'cleo', event: 'edit', time: '2024-01-30T00:00:00Z' },
    { user: 'dan', event: 'edit', time: '2024-01-05T00:00:00Z' },
  ],
  request: {
    cohort: { users: ['ada', 'ben', 'cleo', 'dan', 'eve'] },
    metric: 'event_count',
    params: { event: 'edit' },
    window: { kind: 'since_birth', length: 'P7D' },
    as_of: '2024-02-01T00:00:00Z',
  },
  rows: [
    { user: 'ada', values: { count: 2 }, undefined: {} },
    { user: 'ben', values: { count: 0 }, undefined: {} },
    { user: 'cleo', values: { count: null }, undefined: { count: 'censored' } },
    { user: 'dan', values: { count: null }, undefined: { count: 'no_birth' } },
    { user: 'eve', values: { count: null }, undefined: { count: 'unknown_user' } },
  ],
};

export interface EventCountPlan {
  readonly kind: 'event_count';
}

/** The number of events, whatever a request measures. */
export const COUNT_OF_EVENTS: EventCountPlan = { kind: 'event_count' };

export const EVENT_COUNT = defineMetric({
  id: 'event_count',
  version: 1,
  title: 'Event count',
  description: 'How many events each user has in the window.',
  formula: 'The number of matching events with a time in the half-open window.',
  parameters: { ...EVENT_PARAMETERS },
  columns: [
    { name: 'count', type: 'number', unit: 'event', isWhole: true, description: 'Matching events in the window.' },
  ],
  nullRules: [...commonNullRules(['count']), censoredRule(['count'])],
  windowFromT: false,
  plan: () => COUNT_OF_EVENTS,
  example: EXAMPLE,
});
