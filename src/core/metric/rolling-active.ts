import { defineMetric } from './define-metric.js';
import { commonNullRules, type MetricExample } from './metric.js';
import { choice, duration, EVENT_PARAMETERS, integer, traitFilter } from './parameter.js';

/** Kinds of active users. All but the first divide the active users who have a birth by that birth. */
export const ACTIVITIES = ['active', 'new', 'surviving_new', 'recurring_old', 'reactivated'] as const;
export type Activity = (typeof ACTIVITIES)[number];

/**
 * Who was new two months ago and stayed, as of 1 March: two edits in each of the 30 days before it (from 31 January)
 * and before those (from 1 January). Ada. Ben came a millisecond too early, Cleo had one edit in January. Dan is a bot.
 * Fay edits and was never registered. Nobody has heard of Eve.
 */
const EXAMPLE: MetricExample = {
  users: [
    { user: 'ada', registered_at: '2024-01-10T00:00:00Z', traits: { bot: false } },
    { user: 'ben', registered_at: '2023-12-31T23:59:59.999Z' },
    { user: 'cleo', registered_at: '2024-01-10T00:00:00Z' },
    { user: 'dan', registered_at: '2024-01-10T00:00:00Z', traits: { bot: true } },
  ],
  events: [
    { user: 'ada', event: 'edit', time: '2024-01-10T00:00:00Z' },
    { user: 'ada', event: 'edit', time: '2024-01-30T23:59:59.999Z' },
    { user: 'ada', event: 'edit', time: '2024-01-31T00:00:00Z' },
    { user: 'ada', event: 'edit', time: '2024-02-29T00:00:00Z' },
    { user: 'ben', event: 'edit', time: '2024-01-10T00:00:00Z' },
    { user: 'ben', event: 'edit', time: '2024-01-12T00:00:00Z' },
    { user: 'ben', event: 'edit', time: '2024-02-01T00:00:00Z' },
    { user: 'ben', event: 'edit', time: '2024-02-02T00:00:00Z' },
    { user: 'cleo', event: 'edit', time: '2024-01-12T00:00:00Z' },
    { user: 'cleo', event: 'edit', time: '2024-02-01T00:00:00Z' },
    { user: 'cleo', event: 'edit', time: '2024-02-02T00:00:00Z' },
    { user: 'dan', event: 'edit', time: '2024-02-01T00:00:00Z' },
    { user: 'fay', event: 'edit', time: '2024-02-01T00:00:00Z' },
  ],
  request: {
    cohort: { users: ['ada', 'ben', 'cleo', 'dan', 'eve', 'fay'] },
    metric: 'rolling_active',
    params: { event: 'edit', kind: 'surviving_new', n: 2, exclude: { trait: 'bot', eq: true } },
    as_of: '2024-03-01T00:00:00Z',
  },
  rows: [
    { user: 'ada', values: { active: true }, undefined: {} },
    { user: 'ben', values: { active: false }, undefined: {} },
    { user: 'cleo', values: { active: false }, undefined: {} },
    { user: 'dan', values: { active: null }, undefined: { active: 'excluded' } },
    { user: 'eve', values: { active: null }, undefined: { active: 'unknown_user' } },
    { user: 'fay', values: { active: null }, undefined: { active: 'no_birth' } },
  ],
};

const COLUMNS = ['active'];
const [UNKNOWN_USER, NO_BIRTH] = commonNullRules(COLUMNS);

/**
 * Judged at the end T of the window, which is never after as_of: by the events in [T - 2u, T), those before the window
 * included, and by birth but for `active`.
 */
export interface RollingActivePlan {
  readonly kind: 'rolling_active';
  readonly activity: Activity;
  readonly n: number;
  readonly uMs: number;
}

export const ROLLING_ACTIVE = defineMetric({
  id: 'rolling_active',
  version: 1,
  title: 'Rolling active users',
  description:
    'Whether each user is active at as_of: active at all, or of one kind of the active, such as new or reactivated. Takes no window.',
  formula:
    'With T = as_of, r = birth, m1 the matching events in [T - 2u, T - u) and m2 those in [T - u, T): `active` m2 >= n; `new` also r >= T - u; `surviving_new` also m1 >= n and T - 2u <= r < T - u; `recurring_old` also m1 >= n and r < T - 2u; `reactivated` also m1 < n and r < T - u.',
  parameters: {
    ...EVENT_PARAMETERS,
    kind: choice(
      'Which of the active users: `active` all of them; `new`, `surviving_new`, `recurring_old` and `reactivated` those with a birth, each in one of the four.',
      ACTIVITIES,
      'active',
    ),
    n: integer('How many events make a user active.', 1_000_000, 5),
    u: duration('The time in which they count; an ISO 8601 duration of elapsed time, longer than PT0S.', 'P30D'),
    exclude: traitFilter(
      'Leaves users out by their current traits, such as bots: {"trait": name, operator: value} with the operators of `where`, or {"and": [filters]}, {"or": [filters]}, {"not": filter}. Null or not given: nobody.',
    ),
  },
  columns: [{ name: 'active', type: 'boolean', description: 'Active, and of the kind that is asked for.' }],
  nullRules: [
    ...(UNKNOWN_USER ? [UNKNOWN_USER] : []),
    { reason: 'excluded', columns: COLUMNS, when: "The user's current traits pass `exclude`." },
    ...(NO_BIRTH ? [NO_BIRTH] : []),
  ],
  windowFromT: false,
  looksBack: true,
  plan: ({ kind, n, u }): RollingActivePlan => ({ kind: 'rolling_active', activity: kind, n, uMs: u }),
  reach: ({ u }) => ({ beforeMs: 2 * u }),
  lookBackMs: ({ uMs }) => 2 * uMs,
  reads: ({ exclude }) => ({ excludes: exclude }),
  needsBirth: ({ kind }) => kind !== 'active',
  example: EXAMPLE,
});
