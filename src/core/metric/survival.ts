import { commonNullRules, EVENT_PARAMETERS, SO_FAR, SO_FAR_RULE } from './common-parameters.js';
import type { Column, MetricDefinition, MetricExample } from './metric.js';

/**
 * A user survives with an edit in the second week. Ada's comes at its first instant, 8 January; Ben's at its end, 15 January, which is outside.
 * Cleo's and Dan's second weeks are not over: censored, though she has an edit in hers already, which so_far tells. Eve was never registered.
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
    { user: 'ada', values: { survived: true, censored: false, so_far: true }, undefined: {} },
    { user: 'ben', values: { survived: false, censored: false, so_far: false }, undefined: {} },
    { user: 'cleo', values: { survived: null, censored: true, so_far: true }, undefined: { survived: 'censored' } },
    { user: 'dan', values: { survived: null, censored: true, so_far: false }, undefined: { survived: 'censored' } },
    {
      user: 'eve',
      values: { survived: null, censored: null, so_far: null },
      undefined: { survived: 'no_birth', censored: 'no_birth', so_far: 'no_birth' },
    },
  ],
};

const COLUMNS: readonly Column[] = [
  { name: 'survived', type: 'boolean', description: 'At least n events in [birth + t, birth + t + sunset).' },
  {
    name: 'censored',
    type: 'boolean',
    description: 'The outcome is open: birth + t or the end of the sunset is not past.',
  },
];

export const SURVIVAL: MetricDefinition = {
  id: 'survival',
  version: 2,
  title: 'Survival',
  description: 'Whether each user is still active after t: has at least n events from then on, or within the sunset.',
  formula:
    'survived: at least n matching events in [birth + t, birth + t + sunset); without sunset in [birth + t, as_of), and false then means "not by as_of". so_far, where there is a sunset: at least n of them before as_of, also while the window is open. In a fixed window read `from` for birth and `to - from` for t.',
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
          "The time from birth that must have passed, the window's length; an ISO 8601 duration of elapsed time. PT0S: events count from birth on.",
        type: 'string',
        format: 'duration',
      },
      required: false,
      default: 'P1D',
      mayBeNothing: true,
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
  columns: [...COLUMNS, SO_FAR],
  isReachedAtBirth: ({ n, t }) => n === 1 && t === 'PT0S',
  // Without sunset the window is never open: it ends at as_of.
  columnsFor: ({ sunset }) => (sunset === null ? COLUMNS : [...COLUMNS, SO_FAR]),
  nullRules: [
    ...commonNullRules(['survived', 'censored', SO_FAR.name]),
    {
      reason: 'censored',
      columns: ['survived'],
      when: 'as_of is not after birth + t; or it is before birth + t + sunset (a fixed window that has begun is measured up to as_of instead).',
    },
    SO_FAR_RULE,
  ],
  windowFromT: true,
  refusesOffset: true,
  example: EXAMPLE,
};
