import { defineMetric } from './define-metric.js';
import { censoredRule, commonNullRules, type MetricExample } from './metric.js';
import { EVENT_PARAMETERS, propertyName } from './parameter.js';

const SUMS = ['net', 'absolute', 'positive', 'negative'];

/**
 * Ada: 100 - 30 + 0 = 70 over three events, 100 + 30 = 130 absolute. Ben's only edit has no bytes. Cleo's edit falls on
 * the window's end: no event, so zeros. Dan's first bytes are a text and do not count as a number. Nobody has heard of
 * Eve. A fixed window needs no birth.
 */
const EXAMPLE: MetricExample = {
  users: [],
  events: [
    { user: 'ada', event: 'edit', time: '2024-01-02T00:00:00Z', properties: { bytes: 100 } },
    { user: 'ada', event: 'edit', time: '2024-01-05T00:00:00Z', properties: { bytes: -30 } },
    { user: 'ada', event: 'edit', time: '2024-01-06T00:00:00Z', properties: { bytes: 0 } },
    { user: 'ben', event: 'edit', time: '2024-01-07T00:00:00Z', properties: { minor: true } },
    { user: 'cleo', event: 'edit', time: '2024-02-01T00:00:00Z', properties: { bytes: 7 } },
    { user: 'dan', event: 'edit', time: '2024-01-08T00:00:00Z', properties: { bytes: '12' } },
    { user: 'dan', event: 'edit', time: '2024-01-09T00:00:00Z', properties: { bytes: 5.5 } },
  ],
  request: {
    cohort: { users: ['ada', 'ben', 'cleo', 'dan', 'eve'] },
    metric: 'value_sum',
    params: { event: 'edit', value: 'bytes' },
    window: { kind: 'fixed', from: '2024-01-01', to: '2024-02-01' },
    time_zone: 'UTC',
    as_of: '2024-03-01T00:00:00Z',
  },
  rows: [
    { user: 'ada', values: { net: 70, absolute: 130, positive: 100, negative: -30, count: 3 }, undefined: {} },
    {
      user: 'ben',
      values: { net: null, absolute: null, positive: null, negative: null, count: 0 },
      undefined: { net: 'not_numeric', absolute: 'not_numeric', positive: 'not_numeric', negative: 'not_numeric' },
    },
    { user: 'cleo', values: { net: 0, absolute: 0, positive: 0, negative: 0, count: 0 }, undefined: {} },
    { user: 'dan', values: { net: 5.5, absolute: 5.5, positive: 5.5, negative: 0, count: 1 }, undefined: {} },
    {
      user: 'eve',
      values: { net: null, absolute: null, positive: null, negative: null, count: null },
      undefined: {
        net: 'unknown_user',
        absolute: 'unknown_user',
        positive: 'unknown_user',
        negative: 'unknown_user',
        count: 'unknown_user',
      },
    },
  ],
};

export interface ValueSumPlan {
  readonly kind: 'value_sum';
  /** The property whose numbers are added up. */
  readonly value: string;
}

export const VALUE_SUM = defineMetric({
  id: 'value_sum',
  version: 1,
  title: 'Value sum',
  description: 'What a numeric property of the events adds up to for each user in the window.',
  formula:
    'Over the matching events of the window that hold a number v in the property: the sums of v, of |v|, of v where v > 0 and of v where v < 0, and how many these events are.',
  parameters: {
    ...EVENT_PARAMETERS,
    value: propertyName('The numeric event property that is added up.', 'number'),
  },
  columns: [
    { name: 'net', type: 'number', description: 'Sum of the values.' },
    { name: 'absolute', type: 'number', description: 'Sum of the absolute values.' },
    { name: 'positive', type: 'number', description: 'Sum of the values above 0.' },
    { name: 'negative', type: 'number', description: 'Sum of the values below 0; so at most 0.' },
    {
      name: 'count',
      type: 'number',
      unit: 'event',
      isWhole: true,
      description: 'Matching events that hold a number in the property.',
    },
  ],
  nullRules: [
    ...commonNullRules([...SUMS, 'count']),
    censoredRule([...SUMS, 'count']),
    {
      reason: 'not_numeric',
      columns: SUMS,
      when: 'There are matching events, and none holds a number in the property. Without any the sums are 0.',
    },
  ],
  windowFromT: false,
  plan: ({ value }): ValueSumPlan => ({ kind: 'value_sum', value }),
  numericProperties: ({ value }) => [value],
  example: EXAMPLE,
});
