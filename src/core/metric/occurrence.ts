import { defineMetric } from './define-metric.js';
import { censoredRule, commonNullRules, SO_FAR, SO_FAR_RULE, type MetricExample } from './metric.js';
import { EVENT_PARAMETERS } from './parameter.js';

/**
 * Blocks but for those without end. Ada: two of them, the third is on the window's end (31 January) and her indefinite
 * one is filtered out. Ben: none. Cleo's and Dan's windows are not over: that it has happened to her and not yet to him
 * is told by so_far alone. Eve was never registered.
 */
const EXAMPLE: MetricExample = {
  users: [
    { user: 'ada', registered_at: '2024-01-01T00:00:00Z' },
    { user: 'ben', registered_at: '2024-01-01T00:00:00Z' },
    { user: 'cleo', registered_at: '2024-01-20T00:00:00Z' },
    { user: 'dan', registered_at: '2024-01-20T00:00:00Z' },
  ],
  events: [
    { user: 'ada', event: 'block', time: '2024-01-02T08:30:00Z', properties: { length: '1 week' } },
    { user: 'ada', event: 'block', time: '2024-01-20T00:00:00Z', properties: { length: 'indefinite' } },
    { user: 'ada', event: 'block', time: '2024-01-30T23:59:59.999Z' },
    { user: 'ada', event: 'block', time: '2024-01-31T00:00:00Z' },
    { user: 'ben', event: 'block', time: '2024-01-03T00:00:00Z', properties: { length: 'indefinite' } },
    { user: 'cleo', event: 'block', time: '2024-01-21T00:00:00Z' },
    { user: 'eve', event: 'block', time: '2024-01-09T00:00:00Z' },
  ],
  request: {
    cohort: { users: ['ada', 'ben', 'cleo', 'dan', 'eve'] },
    metric: 'occurrence',
    params: { event: 'block', where: { property: 'length', ne: 'indefinite' } },
    window: { kind: 'since_birth', length: 'P30D' },
    as_of: '2024-02-01T00:00:00Z',
  },
  rows: [
    {
      user: 'ada',
      values: {
        occurred: true,
        count: 2,
        first: '2024-01-02T08:30:00.000Z',
        last: '2024-01-30T23:59:59.999Z',
        so_far: true,
      },
      undefined: {},
    },
    {
      user: 'ben',
      values: { occurred: false, count: 0, first: null, last: null, so_far: false },
      undefined: { first: 'never', last: 'never' },
    },
    {
      user: 'cleo',
      values: { occurred: null, count: null, first: null, last: null, so_far: true },
      undefined: { occurred: 'censored', count: 'censored', first: 'censored', last: 'censored' },
    },
    {
      user: 'dan',
      values: { occurred: null, count: null, first: null, last: null, so_far: false },
      undefined: { occurred: 'censored', count: 'censored', first: 'censored', last: 'censored' },
    },
    {
      user: 'eve',
      values: { occurred: null, count: null, first: null, last: null, so_far: null },
      undefined: {
        occurred: 'no_birth',
        count: 'no_birth',
        first: 'no_birth',
        last: 'no_birth',
        so_far: 'no_birth',
      },
    },
  ],
};

const OUTCOMES = ['occurred', 'count', 'first', 'last'];

export interface OccurrencePlan {
  readonly kind: 'occurrence';
}

export const OCCURRENCE = defineMetric({
  id: 'occurrence',
  version: 2,
  title: 'Occurrence',
  description: 'Whether something happened to each user in the window, how often, and when first and last.',
  formula:
    'Over the matching events of the window: whether there is one, how many, the earliest and the latest time. so_far: whether there is one before as_of, also while the window is open.',
  parameters: { ...EVENT_PARAMETERS },
  columns: [
    { name: 'occurred', type: 'boolean', description: 'At least one matching event in the window.' },
    { name: 'count', type: 'number', unit: 'event', isWhole: true, description: 'Matching events in the window.' },
    { name: 'first', type: 'instant', description: 'Time of the first one.' },
    { name: 'last', type: 'instant', description: 'Time of the last one.' },
    SO_FAR,
  ],
  nullRules: [
    ...commonNullRules([...OUTCOMES, SO_FAR.name]),
    censoredRule(OUTCOMES),
    SO_FAR_RULE,
    { reason: 'never', columns: ['first', 'last'], when: 'There is no matching event.' },
  ],
  windowFromT: false,
  plan: (): OccurrencePlan => ({ kind: 'occurrence' }),
  example: EXAMPLE,
});
