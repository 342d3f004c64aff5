import { defineMetric } from './define-metric.js';
import { censoredRule, commonNullRules, MAX_TEXT, type Column, type ColumnType, type MetricExample } from './metric.js';
import { choice, EVENT_PARAMETERS, propertyName } from './parameter.js';

export const VALUE_TYPES = ['number', 'text', 'boolean'] as const satisfies readonly ColumnType[];
export type PickedType = (typeof VALUE_TYPES)[number];

export const PICKS = ['last', 'first', 'max', 'min'] as const;
export type PickRule = (typeof PICKS)[number];

/**
 * The units that an application shows. Ada goes from US to SI, again to SI, and back: three values after the first, two
 * of them others than the one before. Of Ben's two of one instant the later is the one with the larger id, the second;
 * his number is no text. Cleo has never chosen, and nobody has heard of Eve.
 */
const EXAMPLE: MetricExample = {
  users: [],
  events: [
    { user: 'ada', event: '$state', time: '2024-01-02T10:00:00Z', properties: { name: 'units', state: 'US' } },
    { user: 'ada', event: '$state', time: '2024-01-04T10:00:00Z', properties: { name: 'units', state: 'SI' } },
    { user: 'ada', event: '$state', time: '2024-01-03T10:00:00Z', properties: { name: 'units', state: 'SI' } },
    { user: 'ada', event: '$state', time: '2024-01-05T10:00:00Z', properties: { name: 'units', state: 'US' } },
    { user: 'ada', event: '$state', time: '2024-01-06T10:00:00Z', properties: { name: 'mode', state: 'dark' } },
    { user: 'ben', event: '$state', time: '2024-01-07T00:00:00Z', properties: { name: 'units', state: 'US' } },
    { user: 'ben', event: '$state', time: '2024-01-07T00:00:00Z', properties: { name: 'units', state: 'SI' } },
    { user: 'ben', event: '$state', time: '2024-01-08T00:00:00Z', properties: { name: 'units', state: 3 } },
    { user: 'cleo', event: '$state', time: '2024-01-09T00:00:00Z', properties: { name: 'mode', state: 'dark' } },
  ],
  request: {
    cohort: { users: ['ada', 'ben', 'cleo', 'eve'] },
    metric: 'last_value',
    params: { event: '$state', where: { property: 'name', eq: 'units' }, value: 'state', type: 'text' },
    window: { kind: 'fixed', from: '2024-01-01', to: '2024-02-01' },
    time_zone: 'UTC',
    as_of: '2024-03-01T00:00:00Z',
  },
  rows: [
    { user: 'ada', values: { value: 'US', at: '2024-01-05T10:00:00.000Z', count: 4, changes: 2 }, undefined: {} },
    { user: 'ben', values: { value: 'SI', at: '2024-01-07T00:00:00.000Z', count: 2, changes: 1 }, undefined: {} },
    {
      user: 'cleo',
      values: { value: null, at: null, count: 0, changes: 0 },
      undefined: { value: 'never', at: 'never' },
    },
    {
      user: 'eve',
      values: { value: null, at: null, count: null, changes: null },
      undefined: { value: 'unknown_user', at: 'unknown_user', count: 'unknown_user', changes: 'unknown_user' },
    },
  ],
};

const COLUMNS: readonly Column[] = [
  { name: 'value', type: 'number', description: 'The picked value; a number, a text or a boolean, as `type` says.' },
  { name: 'at', type: 'instant', description: 'Time of the event that has it.' },
  { name: 'count', type: 'number', unit: 'event', isWhole: true, description: 'Events that hold a value of the type.' },
  {
    name: 'changes',
    type: 'number',
    unit: 'event',
    isWhole: true,
    description: 'Of these the ones with another value than the one before, in the window.',
  },
];
const NAMES = COLUMNS.map(({ name }) => name);

export interface LastValuePlan {
  readonly kind: 'last_value';
  readonly property: string;
  readonly type: PickedType;
  readonly pick: PickRule;
}

export const LAST_VALUE = defineMetric({
  id: 'last_value',
  version: 1,
  title: 'Last value',
  description:
    'The value that a property of the events had last for each user in the window, and how often it changed.',
  formula: `Over the matching events of the window that hold a value of \`type\` in the property, by time, those of one time by name, then client id: the last or the first value, or the largest or smallest (texts by their bytes, true above false; of equal ones the first), when that event was, how many these events are, and how many of them have another value than the one before. A text of more than ${MAX_TEXT} code points counts as none.`,
  parameters: {
    ...EVENT_PARAMETERS,
    value: propertyName('The event property whose value is picked.'),
    type: choice('What the values are; events that hold another type there do not count.', VALUE_TYPES, 'number'),
    pick: choice('Which of the values is picked.', PICKS, 'last'),
  },
  columns: COLUMNS,
  columnsFor: ({ type }) =>
    COLUMNS.map((column) => (column.name === 'value' ? Object.assign({}, column, { type }) : column)),
  nullRules: [
    ...commonNullRules(NAMES),
    censoredRule(NAMES),
    { reason: 'never', columns: ['value', 'at'], when: 'No matching event holds a value of the type.' },
  ],
  windowFromT: false,
  plan: ({ value, type, pick }): LastValuePlan => ({ kind: 'last_value', property: value, type, pick }),
  numericProperties: ({ property, type }) => (type === 'number' ? [property] : []),
  example: EXAMPLE,
});
