import { defineMetric } from '../../../src/core/metric/define-metric.js';
import { censoredRule, commonNullRules, type MetricExample } from '../../../src/core/metric/metric.js';
import { EVENT_PARAMETERS, propertyName } from '../../../src/core/metric/parameter.js';

/**
 * Ada's numbers are 100, -30 and, after the window, 500. Ben has one number, Cleo a text alone. Nobody has heard of
 * Eve.
 */
const EXAMPLE: MetricExample = {
  users: [],
  events: [
    { user: 'ada', event: 'edit', time: '2024-01-02T00:00:00Z', properties: { bytes: 100 } },
    { user: 'ada', event: 'edit', time: '2024-01-05T00:00:00Z', properties: { bytes: -30 } },
    { user: 'ada', event: 'edit', time: '2024-02-01T00:00:00Z', properties: { bytes: 500 } },
    { user: 'ben', event: 'edit', time: '2024-01-07T00:00:00Z', properties: { bytes: 8 } },
    { user: 'cleo', event: 'edit', time: '2024-01-08T00:00:00Z', properties: { bytes: '12' } },
  ],
  request: {
    cohort: { users: ['ada', 'ben', 'cleo', 'eve'] },
    metric: 'value_range',
    params: { event: 'edit', value: 'bytes' },
    window: { kind: 'fixed', from: '2024-01-01', to: '2024-02-01' },
    time_zone: 'UTC',
    as_of: '2024-03-01T00:00:00Z',
  },
  rows: [
    { user: 'ada', values: { range: 130 }, undefined: {} },
    { user: 'ben', values: { range: 0 }, undefined: {} },
    { user: 'cleo', values: { range: null }, undefined: { range: 'not_numeric' } },
    { user: 'eve', values: { range: null }, undefined: { range: 'unknown_user' } },
  ],
};

export interface ValueRangePlan {
  readonly kind: 'value_range';
  readonly value: string;
}

export const VALUE_RANGE = defineMetric({
  id: 'value_range',
  version: 1,
  title: 'Value range',
  description: 'How far the numbers of a property lie apart for each user in the window.',
  formula: 'The largest minus the least number that the matching events of the window hold in the property.',
  parameters: { ...EVENT_PARAMETERS, value: propertyName('The numeric event property.', 'number') },
  columns: [{ name: 'range', type: 'number', description: 'The largest minus the least number.' }],
  nullRules: [
    ...commonNullRules(['range']),
    censoredRule(['range']),
    { reason: 'not_numeric', columns: ['range'], when: 'No matching event holds a number in the property.' },
  ],
  windowFromT: false,
  plan: ({ value }): ValueRangePlan => ({ kind: 'value_range', value }),
  numericProperties: ({ value }) => [value],
  example: EXAMPLE,
});
