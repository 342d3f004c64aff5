import { commonNullRules, EVENT_PARAMETERS } from './common-parameters.js';
import type { MetricDefinition, MetricExample } from './metric.js';

/**
 * A user survives with an edit in the second week. Ada's comes at its first instant, 8 January; Ben's at its end, 15 January, which is outside.
 * Cleo's second week is not over, but the edit she has in it stands; Dan has none so far: censored. Eve was never registered.
 */
const EXAMPLE: MetricExample = {
  users: [
    { user: 'ada', registered_at: '2024-01-01T00:00:00Z' },
    { user: 'ben', registered_at: '2024-01-01T00:00:00Z' },
    { user: 'cleo', registered_at: '2024-01-20T00:00:00Z' },
    { user: 'dan', registered_at: '2024-01-20T00:00:00Z' },
  ],
  events: [
    { user: 'ada', event: 'edit', time: '2024-01-08T00:00:00Z' },
    { user: 'ben', event: 'edit', time: '2024-01-02T00:00:00Z' },
    { user: 'ben', event: 'edit', time: '2024-01-15T00:00:00Z' },
    { user: 'cleo', event: 'edit', time: '2024-01-28T00:00:00Z' },
    { user: 'dan', event: 'edit', time: '2024-01-21T00:00:00Z' },
    { user: 'eve', event: 'edit', time: '2024-01-09T00:00:00Z' },
  ],
  request: {
    cohort: { users: ['ada', 'ben', 'cleo', 'dan', 'eve'] },
    metric: 'survival',
    params: { event: 'edit', n: 1, t: 'P7D', sunset: 'P7D' },
    as_of: '2024-02-01T00:00:00Z',
  },
  rows: [
    { user: 'ada', values: { survived: true, censored: false }, undefined: {} },
    { user: 'ben', values: { survived: false, censored: false }, undefined: {} },
    { user: 'cleo', values: { survived: true, censored: false }, undefined: {} },
    { user: 'dan', values: { survived: null, censored: true }, undefined: { survived: 'censored' } },
    {
      user: 'eve',
      values: { survived: null, censored: null },
      undefined: { survived: 'no_birth', censored: 'no_birth' },
    },
  ],
};

export const SURVIVAL: MetricDefinition = {
  id: 'survival',
  version: 1,
  title: 'Survival',
  description: 'Whether each user is still active after t: has at least n events from then on, or within the sunset.',
  formula:
    'survived: at least n matching events in [birth + t, birth + t + sunset); without sunset in [birth + t, as_of), and false then means "not by as_of". In a fixed window read `from` for birth and `to - from` for t.',
  parameters: {
    ...EVENT_PARAMETERS,
    n: {
      schema: { description: 'How many events must be there.', type: 'integer', minimum: 1, maximum: 1_000_000 },
      required: false,
      default: 1,
    },
    t: {
      schema: {
        description:
          "The time from birth that must have passed, the window's length; an ISO 8601 duration of elapsed time.",
        type: 'string',
        format: 'duration',
      },
      required: false,
      default: 'P1D',
    },
    sunset: {
      schema: {
        description:
          'How long events count from birth + t on; null or not given: up to as_of. An ISO 8601 duration of elapsed time.',
        type: ['string', 'null'],
        format: 'duration',
      },
      required: false,
      default: null,
    },
  },
  columns: [
    { name: 'survived', type: 'boolean', description: 'At least n events in [birth + t, birth + t + sunset).' },
    {
      name: 'censored',
      type: 'boolean',
      description: 'The outcome is open: birth + t or the end of the sunset is not past and n is not reached.',
    },
  ],
  nullRules: [
    ...commonNullRules(['survived', 'censored']),
    {
      reason: 'censored',
      columns: ['survived'],
      when: 'as_of is not after birth + t; or it is before birth + t + sunset and n is not reached so far (a fixed window that has begun is measured up to as_of instead).',
    },
  ],
  windowFromT: true,
  example: EXAMPLE,
};
