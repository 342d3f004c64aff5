import type { Column, MetricDefinition, MetricParameter } from './metric.js';

/** Which events a metric looks at; every metric has these two. */
export const EVENT_PARAMETERS: Readonly<Record<'event' | 'where', MetricParameter>> = {
  event: {
    schema: {
      description: 'An event name or a list of them; null or not given: any event.',
      anyOf: [
        { type: 'string', minLength: 1, maxLength: 200 },
        {
          type: 'array',
          minItems: 1,
          maxItems: 1000,
          items: { type: 'string', minLength: 1, maxLength: 200 },
        },
        { type: 'null' },
      ],
    },
    required: false,
    default: null,
  },
  where: {
    schema: {
      description:
        'A filter on event properties: {"property": name, operator: value} with one of eq, ne, in, not_in, gt, gte, lt, lte, exists, contains, starts_with, ends_with, before, after, or {"and": [filters]}, {"or": [filters]}, {"not": filter}. A test on an absent property or one of another type is false; ne, not_in and not are exact negations. contains, starts_with and ends_with take "ignore_case": true; before and after compare texts that are dates or RFC 3339 instants with a date, an instant or {"last": duration}. Null or not given: all events.',
      type: ['object', 'null'],
    },
    required: false,
    default: null,
  },
};

/** Of a window since birth nothing is told before it is over; a fixed one is measured up to as_of. */
export function censoredRule(columns: readonly string[]): MetricDefinition['nullRules'][number] {
  return { reason: 'censored', columns, when: 'The window is not over at as_of; a fixed one: has not begun.' };
}

/** What stands already while a window is open: a lower bound, where it is counted over users. */
export const SO_FAR: Column = {
  name: 'so_far',
  type: 'boolean',
  description: 'It stands already, by the events before as_of, also while the window is open.',
};

export const SO_FAR_RULE: MetricDefinition['nullRules'][number] = {
  reason: 'censored',
  columns: [SO_FAR.name],
  when: 'The window has not begun at as_of.',
};

/** When any column of any metric is null, whatever the metric itself says; in the order in which the reasons are tried. */
export function commonNullRules(columns: readonly string[]): MetricDefinition['nullRules'] {
  return [
    {
      reason: 'unknown_user',
      columns,
      when: 'The user is in the cohort but was never upserted nor named by an event before as_of.',
    },
    { reason: 'no_birth', columns, when: 'A birth is needed and the user has none.' },
    { reason: 'out_of_range', columns, when: 'The user was born outside `births`.' },
  ];
}
