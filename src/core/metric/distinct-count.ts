import { defineMetric } from './define-metric.js';
import { censoredRule, commonNullRules, type MetricExample } from './metric.js';
import { EVENT_PARAMETERS, propertyName } from './parameter.js';

/** In place of a property: the local day of the event in the request's time zone. */
const LOCAL_DAY = '$day';

/**
 * Ada edits the pages 1 (twice), "1", a text and so another page, and one without a page: 2. Ben's only edit has no
 * page: 0. Cleo's edit falls on the window's end. Nobody has heard of Eve.
 */
const EXAMPLE: MetricExample = {
  users: [],
  events: [
    { user: 'ada', event: 'edit', time: '2024-01-02T00:00:00Z', properties: { page: 1 } },
    { user: 'ada', event: 'edit', time: '2024-01-03T00:00:00Z', properties: { page: 1 } },
    { user: 'ada', event: 'edit', time: '2024-01-04T00:00:00Z', properties: { page: '1' } },
    { user: 'ada', event: 'edit', time: '2024-01-05T00:00:00Z', properties: {} },
    { user: 'ben', event: 'edit', time: '2024-01-06T00:00:00Z', properties: {} },
    { user: 'cleo', event: 'edit', time: '2024-02-01T00:00:00Z', properties: { page: 7 } },
  ],
  request: {
    cohort: { users: ['ada', 'ben', 'cleo', 'eve'] },
    metric: 'distinct_count',
    params: { event: 'edit', property: 'page' },
    window: { kind: 'fixed', from: '2024-01-01', to: '2024-02-01' },
    aggregators: ['sum', 'distinct'],
    time_zone: 'UTC',
    as_of: '2024-03-01T00:00:00Z',
  },
  rows: [
    { user: 'ada', values: { count: 2 }, undefined: {} },
    { user: 'ben', values: { count: 0 }, undefined: {} },
    { user: 'cleo', values: { count: 0 }, undefined: {} },
    { user: 'eve', values: { count: null }, undefined: { count: 'unknown_user' } },
  ],
};

export interface DistinctCountPlan {
  readonly kind: 'distinct_count';
  /** What of an event is counted: the value of a property, or its day in a time zone. */
  readonly of:
    | { readonly kind: 'property'; readonly property: string }
    | { readonly kind: 'day'; readonly timeZone: string };
  /** The values of each user are stored, to count those of all users. */
  readonly keepsSets: boolean;
}

export const DISTINCT_COUNT = defineMetric({
  id: 'distinct_count',
  version: 1,
  title: 'Distinct count',
  description: 'How many different values a property of the events takes for each user in the window.',
  formula:
    'The number of distinct values of the property over the matching events of the window; texts, numbers and booleans never equal each other, and an event without the property counts for nothing. Of "$day" they are the days on which events fall in the time zone of the request. The aggregator `distinct` counts the values of all users with a value together, each once.',
  parameters: {
    ...EVENT_PARAMETERS,
    property: propertyName('The event property whose values are counted, or "$day": the local day of the event.'),
  },
  columns: [
    {
      name: 'count',
      type: 'number',
      countsDistinct: true,
      isWhole: true,
      description: 'Distinct values in the window.',
    },
  ],
  nullRules: [...commonNullRules(['count']), censoredRule(['count'])],
  windowFromT: false,
  plan: ({ property }, { clock, aggregators }): DistinctCountPlan => ({
    kind: 'distinct_count',
    of: property === LOCAL_DAY ? { kind: 'day', timeZone: clock.timeZone } : { kind: 'property', property },
    keepsSets: aggregators.includes('distinct'),
  }),
  example: EXAMPLE,
});
