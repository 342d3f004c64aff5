import { defineMetric } from './define-metric.js';
import { commonNullRules, type MetricExample } from './metric.js';

/**
 * January: Ada at its first instant is in it, Ben at its end is not. Cleo came earlier. Dan is known by an edit and was
 * never registered. Nobody has heard of Eve.
 */
const EXAMPLE: MetricExample = {
  users: [
    { user: 'ada', registered_at: '2024-01-01T00:00:00Z' },
    { user: 'ben', registered_at: '2024-02-01T00:00:00Z' },
    { user: 'cleo', registered_at: '2023-12-31T23:59:59.999Z' },
  ],
  events: [{ user: 'dan', event: 'edit', time: '2024-01-05T00:00:00Z' }],
  request: {
    cohort: { users: ['ada', 'ben', 'cleo', 'dan', 'eve'] },
    metric: 'newly_registered',
    window: { kind: 'fixed', from: '2024-01-01', to: '2024-02-01' },
    time_zone: 'UTC',
    as_of: '2024-03-01T00:00:00Z',
  },
  rows: [
    { user: 'ada', values: { registered: true }, undefined: {} },
    { user: 'ben', values: { registered: false }, undefined: {} },
    { user: 'cleo', values: { registered: false }, undefined: {} },
    { user: 'dan', values: { registered: null }, undefined: { registered: 'no_birth' } },
    { user: 'eve', values: { registered: null }, undefined: { registered: 'unknown_user' } },
  ],
};

/** The window is fixed, and birth the registration. */
export interface NewlyRegisteredPlan {
  readonly kind: 'newly_registered';
}

export const NEWLY_REGISTERED = defineMetric({
  id: 'newly_registered',
  version: 1,
  title: 'Newly registered',
  description: 'Whether each user was registered in the window. Takes a fixed window and no events.',
  formula: 'registered: registered_at lies in [from, to), or of a window that is not over in [from, as_of).',
  parameters: {},
  columns: [{ name: 'registered', type: 'boolean', description: 'Registered in the window.' }],
  nullRules: [
    ...commonNullRules(['registered']),
    { reason: 'censored', columns: ['registered'], when: 'The window has not begun at as_of.' },
  ],
  windowFromT: false,
  ofRegistrations: true,
  plan: (): NewlyRegisteredPlan => ({ kind: 'newly_registered' }),
  reads: () => ({ events: 'none' }),
  needsBirth: () => true,
  example: EXAMPLE,
});
