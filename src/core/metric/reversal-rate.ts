import { defineMetric } from './define-metric.js';
import { commonNullRules, type MetricExample } from './metric.js';
import { EVENT_PARAMETERS, flag, integer, propertyName } from './parameter.js';

/**
 * January on two pages, each edit leaving a text. On `rain` Ada writes a, Ben b, Ada a again: that reverses Ben. Cleo
 * writes c and takes it back herself: that does not count. On `snow` Ada writes x, Ben y, Ada x, which reverses Ben,
 * and Ben y, which reverses Ada: in February, which is beyond the window and counts. Ben's last edit is beyond the
 * window too, and not judged. Dan did something else. Nobody has heard of Eve.
 */
const EXAMPLE: MetricExample = {
  users: [],
  events: [
    edit('ada', '2024-01-01T00:00:00Z', 'rain', 'a'),
    edit('ben', '2024-01-02T00:00:00Z', 'rain', 'b'),
    edit('ada', '2024-01-03T00:00:00Z', 'rain', 'a'),
    edit('cleo', '2024-01-04T00:00:00Z', 'rain', 'c'),
    edit('cleo', '2024-01-05T00:00:00Z', 'rain', 'a'),
    edit('ada', '2024-01-06T00:00:00Z', 'snow', 'x'),
    edit('ben', '2024-01-07T00:00:00Z', 'snow', 'y'),
    edit('ada', '2024-01-31T23:59:59.999Z', 'snow', 'x'),
    edit('ben', '2024-02-01T00:00:00Z', 'snow', 'y'),
    { user: 'dan', event: 'view', time: '2024-01-05T00:00:00Z', properties: { page: 'rain' } },
  ],
  request: {
    cohort: { users: ['ada', 'ben', 'cleo', 'dan', 'eve'] },
    metric: 'reversal_rate',
    params: { event: 'edit', object: 'page', content: 'sha1' },
    window: { kind: 'fixed', from: '2024-01-01', to: '2024-02-01' },
    time_zone: 'UTC',
    as_of: '2024-03-01T00:00:00Z',
  },
  rows: [
    { user: 'ada', values: { reversed: true, reversed_count: 1, count: 4, rate: 0.25 }, undefined: {} },
    { user: 'ben', values: { reversed: true, reversed_count: 2, count: 2, rate: 1 }, undefined: {} },
    { user: 'cleo', values: { reversed: false, reversed_count: 0, count: 2, rate: 0 }, undefined: {} },
    {
      user: 'dan',
      values: { reversed: false, reversed_count: 0, count: 0, rate: null },
      undefined: { rate: 'no_denominator' },
    },
    {
      user: 'eve',
      values: { reversed: null, reversed_count: null, count: null, rate: null },
      undefined: {
        reversed: 'unknown_user',
        reversed_count: 'unknown_user',
        count: 'unknown_user',
        rate: 'unknown_user',
      },
    },
  ],
};

function edit(user: string, time: string, page: string, sha1: string): MetricExample['events'][number] {
  return { user, event: 'edit', time, properties: { page, sha1 } };
}

const COLUMNS = ['reversed', 'reversed_count', 'count', 'rate'];

export interface ReversalRatePlan {
  readonly kind: 'reversal_rate';
  /** Two properties of events: what was changed, and what it became. */
  readonly object: string;
  readonly content: string;
  /**
   * How many events of the object after one are searched for its reversal, and how many before it for the content that
   * came back.
   */
  readonly lookAhead: number;
  readonly lookBack: number;
  readonly ignoreSelf: boolean;
}

export const REVERSAL_RATE = defineMetric({
  id: 'reversal_rate',
  version: 1,
  title: 'Reversal rate',
  description:
    'How many of the changes that each user made in the window were undone by others, who brought back an earlier content.',
  formula:
    "The history of an object: all events that match `event`, not `where`, and have both properties, by anyone, before as_of, ordered by time, those at one time by user, name and client id, byte by byte. Judged are the user's events of a history that lie in the window and match `where`. One is reversed if, among the next `look_ahead` events of its object, the first whose content is not its own and is among the contents of the `look_back` events before it is by another user: one with another id than the user's. Where the first is the user's own, a later one by somebody else does not count. With `ignore_self` false the first counts whoever made it. Histories reach beyond the window on both sides. rate = reversed_count / count.",
  parameters: {
    ...EVENT_PARAMETERS,
    object: propertyName(
      'The event property that says what was changed, such as a page; texts, numbers and booleans differ.',
    ),
    content: propertyName('The event property that says what the object became, such as the SHA-1 of its text.'),
    look_ahead: integer('How many events of the object after one are looked at.', 1_000, 15),
    look_back: integer(
      'How many events of the object before one are looked at for the content that comes back.',
      1_000,
      15,
    ),
    ignore_self: flag('Whether what users undo themselves does not count as reversed.', true),
  },
  columns: [
    { name: 'reversed', type: 'boolean', description: 'At least one of the events was reversed.' },
    {
      name: 'reversed_count',
      type: 'number',
      unit: 'event',
      isWhole: true,
      description: 'Judged events that were reversed.',
    },
    { name: 'count', type: 'number', unit: 'event', isWhole: true, description: 'Judged events.' },
    { name: 'rate', type: 'number', description: 'The share of the judged events that were reversed.' },
  ],
  nullRules: [
    ...commonNullRules(COLUMNS),
    {
      reason: 'censored',
      columns: COLUMNS,
      when: 'The window has not begun at as_of. One that is not over is measured up to as_of.',
    },
    { reason: 'no_denominator', columns: ['rate'], when: 'There is no judged event.' },
  ],
  windowFromT: false,
  plan: ({ object, content, look_ahead, look_back, ignore_self }): ReversalRatePlan => ({
    kind: 'reversal_rate',
    object,
    content,
    lookAhead: look_ahead,
    lookBack: look_back,
    ignoreSelf: ignore_self,
  }),
  // What came before the window, and what comes after it, may reverse.
  reads: () => ({ events: 'any' }),
  example: EXAMPLE,
});
