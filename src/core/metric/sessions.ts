import { resolveSelector, type PlannedSelector } from '../event/time-bound.js';
import { invalid, pointerTo } from '../failure.js';
import { parseDuration } from '../time/duration.js';
import { defineMetric } from './define-metric.js';
import { censoredRule, commonNullRules, type Column, type MetricExample } from './metric.js';
import { duration, EVENT_PARAMETERS, eventSelector, optionalPropertyName } from './parameter.js';

const GAP = 'PT30M';
const MAX = 'P1D';

/**
 * January by silence of half an hour. Ada's first session begins in December, and belongs there as a whole. Her second
 * has two pages within ten minutes, her third, exactly half an hour after, one: a bounce. Ben's only session begins on
 * the 31st and is seen to its end in February: 20 minutes, two pages. Cleo clicks without a page: a bounce without
 * length. Dan's events are outside, and nobody has heard of Eve.
 */
const EXAMPLE: MetricExample = {
  users: [],
  events: [
    { user: 'ada', event: 'page', time: '2023-12-31T23:50:00Z' },
    { user: 'ada', event: 'page', time: '2024-01-01T00:10:00Z' },
    { user: 'ada', event: 'page', time: '2024-01-05T10:00:00Z' },
    { user: 'ada', event: 'click', time: '2024-01-05T10:04:00Z' },
    { user: 'ada', event: 'page', time: '2024-01-05T10:10:00Z' },
    { user: 'ada', event: 'page', time: '2024-01-05T10:40:00Z' },
    { user: 'ben', event: 'page', time: '2024-01-31T23:45:00Z' },
    { user: 'ben', event: 'page', time: '2024-02-01T00:05:00Z' },
    { user: 'cleo', event: 'click', time: '2024-01-09T00:00:00Z' },
    { user: 'dan', event: 'page', time: '2024-02-01T00:00:00Z' },
  ],
  request: {
    cohort: { users: ['ada', 'ben', 'cleo', 'dan', 'eve'] },
    metric: 'sessions',
    params: { page: { event: 'page' } },
    window: { kind: 'fixed', from: '2024-01-01', to: '2024-02-01' },
    time_zone: 'UTC',
    as_of: '2024-03-01T00:00:00Z',
  },
  rows: [
    { user: 'ada', values: { sessions: 2, events: 4, total_time: 600, mean_time: 300, bounces: 1 }, undefined: {} },
    { user: 'ben', values: { sessions: 1, events: 2, total_time: 1200, mean_time: 1200, bounces: 0 }, undefined: {} },
    { user: 'cleo', values: { sessions: 1, events: 1, total_time: 0, mean_time: 0, bounces: 1 }, undefined: {} },
    {
      user: 'dan',
      values: { sessions: 0, events: 0, total_time: 0, mean_time: null, bounces: 0 },
      undefined: { mean_time: 'no_denominator' },
    },
    {
      user: 'eve',
      values: { sessions: null, events: null, total_time: null, mean_time: null, bounces: null },
      undefined: {
        sessions: 'unknown_user',
        events: 'unknown_user',
        total_time: 'unknown_user',
        mean_time: 'unknown_user',
        bounces: 'unknown_user',
      },
    },
  ],
};

const COLUMNS: readonly Column[] = [
  { name: 'sessions', type: 'number', isWhole: true, description: 'Sessions that begin in the window.' },
  { name: 'events', type: 'number', unit: 'event', isWhole: true, description: 'Their events.' },
  {
    name: 'total_time',
    type: 'duration',
    unit: 'second',
    description: 'Their time together: of one from its first event to its last.',
  },
  { name: 'mean_time', type: 'duration', unit: 'second', description: 'The time of one on average.' },
  { name: 'bounces', type: 'number', isWhole: true, description: 'Those with at most one event that matches `page`.' },
];
const NAMES = COLUMNS.map(({ name }) => name);

export interface SessionsPlan {
  readonly kind: 'sessions';
  /** Told by a property of the events, or by silence. */
  readonly by: string | { readonly gapMs: number; readonly maxMs: number };
  readonly page: PlannedSelector;
}

export const SESSIONS = defineMetric({
  id: 'sessions',
  version: 1,
  title: 'Sessions',
  description: 'How many sessions each user begins in the window, how long they last, and how many are bounces.',
  formula:
    'The matching events of a user before as_of are cut into sessions: with `by` those with one value of the property are one, others belong to none; else one begins after a silence of `gap` or more, and where the one before has lasted for `max`. A session belongs to the window that its first event is in, and is seen whole, also beyond that window.',
  parameters: {
    ...EVENT_PARAMETERS,
    by: optionalPropertyName('The event property that tells sessions apart; null or not given: silence does.'),
    gap: duration('Without `by`: the silence after which a session begins; an ISO 8601 duration.', GAP),
    max: duration('Without `by`: how long a session lasts at most; an ISO 8601 duration.', MAX),
    page: eventSelector(
      'The events of which a session that is no bounce has two: {"event": name or names, "where": filter}; null or not given: any.',
    ),
  },
  columns: COLUMNS,
  nullRules: [
    ...commonNullRules(NAMES),
    censoredRule(NAMES),
    { reason: 'no_denominator', columns: ['mean_time'], when: 'No session begins in the window.' },
  ],
  windowFromT: false,
  check: refuseContradictions,
  plan: ({ by, gap, max, page }, { clock }): SessionsPlan => ({
    kind: 'sessions',
    by: by ?? { gapMs: gap, maxMs: max },
    page: resolveSelector(page, clock),
  }),
  // An event long before may make one session of two.
  reads: () => ({ events: 'any' }),
  example: EXAMPLE,
});

interface Parameters {
  readonly by: string | null;
  readonly gap: number;
  readonly max: number;
}

function refuseContradictions({ by, gap, max }: Parameters, pointer: string): void {
  if (by === null) return refuseShort(gap, max, pointer);
  const other = gap !== parseDuration(GAP, '') ? 'gap' : max !== parseDuration(MAX, '') ? 'max' : null;
  if (other === null) return;
  const detail = `With \`by\` a property tells sessions apart: leave \`${other}\` out.`;
  throw invalid('invalid_field', pointerTo(pointer, other), detail);
}

/** The silence would never end a session. */
function refuseShort(gap: number, max: number, pointer: string): void {
  if (max >= gap) return;
  throw invalid('invalid_field', pointerTo(pointer, 'max'), '`max` is at least as long as `gap`.');
}
