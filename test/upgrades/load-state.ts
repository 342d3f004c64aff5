/** A call as it was made, and what the program of that time answered to it in the end. */
export interface AskedThen {
  readonly name: string;
  readonly body: object;
  /** The last that its GET said; without an end: it was queued when the program stopped. */
  readonly answer: ThenAnswer;
  /** Of a request that had succeeded: the first page of its users. */
  readonly users: unknown;
}

/** The fields that every landed program had. */
export interface ThenAnswer {
  readonly id: string;
  readonly hash: string;
  readonly status: string;
  readonly aggregates: unknown;
  readonly columns: readonly unknown[];
}

/** What a landed program was given, as it told it. */
export interface LandedState {
  readonly asked: readonly AskedThen[];
  /** What it did not know yet, and refused. */
  readonly refused: readonly string[];
  readonly cohorts: readonly unknown[];
  readonly metrics: readonly unknown[];
  readonly uploads: readonly unknown[];
}

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-01-01T00:00:00Z');
const USERS = 40;
const WINDOW = { kind: 'fixed', from: '2026-01-01', to: '2026-03-01' };
const SINCE_BIRTH = { kind: 'since_birth', length: 'P7D', births: { from: '2026-01-01', to: '2026-02-01' } };
const BUY = { event: 'buy' };
const AS_OF = '2026-04-01T00:00:00Z';

/** Requests of every kind that some landed program has known. */
const QUESTIONS: Readonly<Record<string, object>> = {
  counts: { cohort: { all: true }, metric: 'event_count', params: BUY, window: WINDOW },
  sums_of_a_cohort: {
    cohort: 'early',
    metric: 'value_sum',
    params: { ...BUY, value: 'cents' },
    window: WINDOW,
    as_of: AS_OF,
  },
  quantiles: {
    cohort: { all: true },
    metric: 'event_count',
    window: WINDOW,
    aggregators: ['p90', 'std', { histogram: { bins: 4 } }],
  },
  listed_users: { cohort: { users: ['u01', 'u02', 'nobody'] }, metric: 'event_count', window: WINDOW },
  threshold: {
    cohort: { all: true },
    metric: 'threshold',
    params: { ...BUY, n: 1, t: 'P7D' },
    window: SINCE_BIRTH,
    as_of: AS_OF,
  },
  first_event: {
    cohort: { all: true },
    metric: 'value_sum',
    params: { ...BUY, value: 'cents' },
    window: SINCE_BIRTH,
    birth: { kind: 'first_event', event: 'buy' },
  },
  survival: {
    cohort: { all: true },
    metric: 'survival',
    params: { t: 'P7D', sunset: 'P7D' },
    window: SINCE_BIRTH,
    as_of: AS_OF,
  },
  filtered: {
    cohort: { all: true },
    metric: 'event_count',
    params: {
      where: {
        or: [
          { property: 'cents', gte: 500 },
          { property: 'shop', contains: 'b' },
        ],
      },
    },
    window: WINDOW,
  },
  rate: { cohort: { all: true }, metric: 'event_rate', params: { ...BUY, unit: 'P1D' }, window: WINDOW, as_of: AS_OF },
  distinct: {
    cohort: { all: true },
    metric: 'distinct_count',
    params: { property: 'shop' },
    window: WINDOW,
    aggregators: ['distinct', 'mean'],
  },
  by_value: { cohort: { all: true }, metric: 'count_by', params: { property: 'shop' }, window: WINDOW },
  between: {
    cohort: { all: true },
    metric: 'time_to_threshold',
    params: { ...BUY, first: 1, threshold: 2 },
    window: SINCE_BIRTH,
    as_of: AS_OF,
  },
  occurred: { cohort: { all: true }, metric: 'occurrence', params: BUY, window: WINDOW },
  registered: { cohort: { all: true }, metric: 'newly_registered', window: WINDOW },
  weekly: {
    cohort: { all: true },
    metric: 'event_count',
    params: BUY,
    window: WINDOW,
    series: { interval: 'week', by: 'event_time' },
  },
  retention: {
    cohort: { all: true },
    metric: 'threshold',
    params: { ...BUY, t: 'P28D' },
    window: { ...SINCE_BIRTH, length: 'P28D' },
    series: { interval: 'week', by: 'birth', age: 'P7D' },
    as_of: AS_OF,
  },
  by_calendar: {
    cohort: { all: true },
    metric: 'event_count',
    window: { ...SINCE_BIRTH, length: 'P2M', age: 'calendar' },
    series: { interval: 'month', by: 'birth', age: 'P1M' },
    as_of: AS_OF,
  },
  by_trait: { cohort: { all: true }, metric: 'event_count', window: WINDOW, breakdown: ['trait:country'] },
  by_shop: {
    cohort: { all: true },
    metric: 'event_count',
    window: WINDOW,
    breakdown: ['property:shop'],
    series: { interval: 'month', by: 'event_time' },
  },
  active: {
    cohort: { all: true },
    metric: 'rolling_active',
    params: { kind: 'recurring_old', n: 1 },
    as_of: '2026-02-15T00:00:00Z',
  },
  reversals: {
    cohort: { all: true },
    metric: 'reversal_rate',
    params: { object: 'shop', content: 'cents' },
    window: WINDOW,
    as_of: AS_OF,
  },
  of_a_rule: { cohort: 'buyers', metric: 'event_count', window: WINDOW },
  of_a_set: { cohort: 'both', metric: 'event_count', window: WINDOW, as_of: AS_OF },
  named_metric: { cohort: { all: true }, metric: 'revenue', window: WINDOW },
};

/**
 * Asked all at once at the end, of a program that works on one run at a time: most are still queued when it is stopped.
 */
const QUEUED = 80;

type Call = (method: string, path: string, body?: object) => Promise<{ status: number; json: unknown }>;

/** Fills the property `default` of a program that has just started, by what it knows of today's API. */
export async function loadState(url: string, key: string): Promise<LandedState> {
  const call = caller(`${url}/v1/properties/default`, key);
  const refused: string[] = [];
  const made = async (name: string, path: string, body: object): Promise<unknown> => {
    const { status, json } = await call('POST', path, body);
    if (status < 300) return json;
    refused.push(`${name}: ${status}`);
    return null;
  };
  for (const [path, items] of [
    ['/events', events()],
    ['/users', users()],
  ] as const) {
    const { status, json } = await call('POST', path, items);
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(json)}`);
  }
  const buyers = { did: { ...BUY, at_least: 2 } };
  const cohorts = [
    await made('static cohort', '/cohorts', {
      name: 'early',
      static: { users: ['u01', 'u02', 'u03', 'u04'] },
      tags: ['first'],
    }),
    await made('rule cohort', '/cohorts', { name: 'buyers', rule: buyers }),
    await made('set cohort', '/cohorts', { name: 'both', set: { and: ['early', 'buyers'] } }),
  ];
  await made('evaluation', '/cohorts/buyers/evaluations?wait=20', {});
  const metrics = [
    await made('named metric', '/metrics', {
      name: 'revenue',
      title: 'Revenue',
      metric: 'value_sum',
      fixed: { ...BUY, value: 'cents' },
    }),
  ];
  const uploads = [
    await made('upload', '/cohort-uploads?name=sent&validate=lenient&wait=20', { members: ['u05', 'u06', 'nobody'] }),
  ];
  const requested: AskedThen[] = [];
  for (const [name, body] of Object.entries(QUESTIONS)) {
    const answer = (await made(name, '/requests?wait=30', body)) as ThenAnswer | null;
    if (answer !== null) requested.push({ name, body, ...(await known(call, answer)) });
  }
  await givenUp(call, made);
  const line = Array.from({ length: QUEUED }, (_, i) => ({ name: `queued_${i}`, body: another(i) }));
  const accepted = await Promise.all(line.map(({ name, body }) => made(name, '/requests', body)));
  const queued = line.map(({ name, body }, i) => ({ name, body, answer: accepted[i] as ThenAnswer, users: null }));
  return { asked: [...requested, ...queued], refused, cohorts, metrics, uploads };
}

/** One that its caller gave up. */
async function givenUp(
  call: Call,
  made: (name: string, path: string, body: object) => Promise<unknown>,
): Promise<void> {
  const answer = (await made('given up', '/requests', another(-1))) as ThenAnswer | null;
  if (answer !== null) await call('DELETE', `/requests/${answer.id}`);
}

async function known(call: Call, { id }: ThenAnswer): Promise<Pick<AskedThen, 'answer' | 'users'>> {
  const answer = (await call('GET', `/requests/${id}`)).json as ThenAnswer;
  const users = answer.status === 'succeeded' ? (await call('GET', `/requests/${id}/users?limit=3`)).json : null;
  return { answer, users };
}

function another(i: number): object {
  const where = { property: 'cents', gte: 500 + i };
  return { cohort: { all: true }, metric: 'event_count', params: { ...BUY, where }, window: WINDOW };
}

function events(): object[] {
  return Array.from({ length: 20 * USERS }, (_, i) => ({
    id: `e${i}`,
    user: userOf(i % USERS),
    event: i % 3 === 0 ? 'buy' : 'visit',
    time: new Date(START_MS + ((i * 7919) % 80) * DAY_MS + i * 1000).toISOString(),
    properties: { cents: (i * 37) % 1000, shop: ['a', 'b', 'c'][i % 3] ?? 'a' },
  }));
}

function users(): object[] {
  return Array.from({ length: USERS }, (_, i) => ({
    user: userOf(i),
    registered_at: new Date(START_MS + (i % 30) * DAY_MS).toISOString(),
    traits: { country: ['DE', 'FR', 'US'][i % 3] ?? 'DE' },
  }));
}

function userOf(i: number): string {
  return `u${String(i).padStart(2, '0')}`;
}

function caller(base: string, key: string): Call {
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const response = await fetch(base + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return { status: response.status, json: await response.json() };
  };
}
