import { Failure, pointerTo } from '../failure.js';
import { defineMetric } from './define-metric.js';
import { censoredRule, commonNullRules, type MetricExample } from './metric.js';
import { EVENT_PARAMETERS, propertyName, readTexts, type MetricParameter } from './parameter.js';

/** Values in one answer, over all its users together. */
export const MAX_KEYS = 1000;

/**
 * Ada has two edits in namespace 0, one in 1, whose text is 1 as well as the number, and one in 4, which is not asked
 * for. Ben has none, so 0 of each. Nobody has heard of Eve.
 */
const EXAMPLE: MetricExample = {
  users: [],
  events: [
    { user: 'ada', event: 'edit', time: '2024-01-02T00:00:00Z', properties: { namespace: 0 } },
    { user: 'ada', event: 'edit', time: '2024-01-03T00:00:00Z', properties: { namespace: 0 } },
    { user: 'ada', event: 'edit', time: '2024-01-04T00:00:00Z', properties: { namespace: '1' } },
    { user: 'ada', event: 'edit', time: '2024-01-05T00:00:00Z', properties: { namespace: 4 } },
    { user: 'ben', event: 'view', time: '2024-01-06T00:00:00Z', properties: { namespace: 0 } },
  ],
  request: {
    cohort: { users: ['ada', 'ben', 'eve'] },
    metric: 'count_by',
    params: { event: 'edit', property: 'namespace', values: [0, 1] },
    window: { kind: 'fixed', from: '2024-01-01', to: '2024-02-01' },
    time_zone: 'UTC',
    as_of: '2024-03-01T00:00:00Z',
  },
  rows: [
    { user: 'ada', values: { counts: { '0': 2, '1': 1 } }, undefined: {} },
    { user: 'ben', values: { counts: { '0': 0, '1': 0 } }, undefined: {} },
    { user: 'eve', values: { counts: null }, undefined: { counts: 'unknown_user' } },
  ],
};

const VALUES: MetricParameter<readonly string[] | null> = {
  schema: {
    description: `The values that are counted, at most ${MAX_KEYS}: a list of texts, numbers or booleans; null or not given: all there are.`,
    type: ['array', 'null'],
    minItems: 1,
    items: { type: ['string', 'number', 'boolean'] },
  },
  required: false,
  default: null,
  read: readTexts,
};

export interface CountByPlan {
  readonly kind: 'count_by';
  readonly property: string;
  /** The texts of the values that are counted; null: all there are. */
  readonly values: readonly string[] | null;
}

export const COUNT_BY = defineMetric({
  id: 'count_by',
  version: 1,
  title: 'Count by value',
  description: 'How many events each user has in the window, by the value of a property.',
  formula:
    'For each value of the property the number of matching events of the window with it. A value is told by its text, as the keys of JSON are texts: 1 and "1" are one key. Events without the property are not counted. With `values` these are there for every user, 0 where there is no event, and others are dropped; without, the values that the user has.',
  parameters: {
    ...EVENT_PARAMETERS,
    property: propertyName('The event property by whose values is counted.'),
    values: VALUES,
  },
  columns: [{ name: 'counts', type: 'map', unit: 'event', description: 'Matching events in the window by value.' }],
  nullRules: [...commonNullRules(['counts']), censoredRule(['counts'])],
  windowFromT: false,
  check: refuseTooManyValues,
  plan: ({ property, values }): CountByPlan => ({ kind: 'count_by', property, values }),
  keys: ({ values }) => values && values.length,
  example: EXAMPLE,
});

function refuseTooManyValues({ values }: Pick<CountByPlan, 'values'>, pointer: string): void {
  if (values === null || values.length <= MAX_KEYS) return;
  const detail = `\`values\` has ${values.length} different ones; the limit \`map_keys\` is ${MAX_KEYS}.`;
  const errors = [{ pointer: pointerTo(pointer, 'values'), detail }];
  throw new Failure('limit_exceeded', detail, errors, { limit: 'map_keys', value: MAX_KEYS });
}
