import * as fc from 'fast-check';
import { send } from '../../support/ingest.js';
import { allRuns } from '../../support/runs.js';
import { answerOf, ask } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

interface Sent {
  readonly user: string;
  readonly event: string;
  readonly time: string;
  readonly properties: Readonly<Record<string, string | number | boolean>>;
}

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const DAY_MS = 86_400_000;
const START_MS = Date.parse('2020-01-01T00:00:00Z');
const AS_OF = '2020-03-01T00:00:00Z';

const amount = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom('7', 'many', '', true));
const anySent: fc.Arbitrary<Sent> = fc
  .record({
    user: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    event: fc.constantFrom('buy', 'buy', 'visit'),
    hour: fc.integer({ min: 0, max: 24 * 80 }),
    amount: fc.option(amount, { nil: undefined }),
    shop: fc.constantFrom('x', 'y'),
  })
  .map(({ user, event, hour, amount: given, shop }) => ({
    user,
    event,
    time: new Date(START_MS + hour * 3_600_000).toISOString(),
    properties: { shop, clean: 1, ...(given !== undefined && { amount: given }) },
  }));

/** As they are counted: the same identity once. */
const sent = [
  ...new Map(
    fc
      .sample(fc.array(anySent, { minLength: 200, maxLength: 200 }), { numRuns: 1, seed: SEED })
      .flat()
      .map((event) => [JSON.stringify([event.user, event.event, event.time]), event]),
  ).values(),
];

const isBuy = ({ event }: Sent): boolean => event === 'buy';
const isNoNumber = ({ properties }: Sent): boolean =>
  properties['amount'] !== undefined && typeof properties['amount'] !== 'number';
const isBetween =
  (from: string, to: string) =>
  ({ time }: Sent): boolean =>
    Date.parse(time) >= Date.parse(from) && Date.parse(time) < Date.parse(to);
const isSeen = isBetween('2020-01-01', AS_OF);
const isInJanuary = isBetween('2020-01-01', '2020-02-01');

/** Milliseconds from a user's first visit to an event; not a number where there is no visit. */
function ageMs({ user, time }: Sent): number {
  const visits = sent.filter((event) => event.user === user && event.event === 'visit' && isSeen(event));
  return visits.length === 0 ? NaN : Date.parse(time) - Math.min(...visits.map((visit) => Date.parse(visit.time)));
}
const isYoung = (event: Sent): boolean => ageMs(event) >= 0 && ageMs(event) < 20 * DAY_MS;

function skipped(...tests: ((event: Sent) => boolean)[]): object[] {
  const events = sent.filter((event) => [isSeen, isNoNumber, ...tests].every((test) => test(event)));
  const users = new Set(events.map(({ user }) => user)).size;
  return users === 0 ? [] : [{ code: 'not_numeric_skipped', property: 'amount', events: events.length, users }];
}

const SUM = { metric: 'value_sum', params: { event: 'buy', value: 'amount' } };
const JANUARY = { kind: 'fixed', from: '2020-01-01', to: '2020-02-01' };
const SINCE_BIRTH = { window: { kind: 'since_birth', length: 'P20D' }, birth: { kind: 'first_event', event: 'visit' } };
const counted = (where: object): object => ({ metric: 'event_count', params: { event: 'buy', where } });
const GTE = { property: 'amount', gte: 3 };

describe(`text among numbers, SEED=${SEED}`, () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    await send(app, 'events', ...sent.slice(0, 90));
    await send(app, 'events', ...sent.slice(90));
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  async function warningsOf(body: object): Promise<{ code: string; detail: string }[]> {
    const request = { cohort: { all: true }, window: JANUARY, as_of: AS_OF, ...body };
    const answer = await ask(app, request, '?wait=30');
    expect(answer.status).toBe('succeeded');
    return answer.warnings.filter(({ code }) => code === 'not_numeric_skipped');
  }

  it.each<[string, object, () => object[]]>([
    ['the property of a sum', SUM, () => skipped(isBuy, isInJanuary)],
    ['a window of each user', { ...SUM, ...SINCE_BIRTH }, () => skipped(isBuy, isYoung)],
    [
      'ages and groups, over the whole window',
      { ...SUM, ...SINCE_BIRTH, breakdown: ['property:shop'] },
      () => skipped(isBuy, isYoung),
    ],
    [
      'members of a list',
      { ...SUM, cohort: { users: ['a', 'c', 'nobody'] } },
      () => skipped(isBuy, isInJanuary, ({ user }) => ['a', 'c'].includes(user)),
    ],
    [
      'a filter, with the rest of it',
      counted({ and: [GTE, { property: 'shop', eq: 'x' }] }),
      () => skipped(isBuy, isInJanuary, ({ properties }) => properties['shop'] === 'x'),
    ],
    [
      'a filter that is negated',
      counted({ and: [{ not: GTE }, { property: 'shop', ne: 'x' }] }),
      () => skipped(isBuy, isInJanuary, ({ properties }) => properties['shop'] === 'y'),
    ],
    ['either of two tests', counted({ or: [GTE, { property: 'shop', eq: 'x' }] }), () => skipped(isBuy, isInJanuary)],
    [
      'a metric that looks back',
      { metric: 'rolling_active', params: { event: 'buy', where: GTE, u: 'P10D' }, window: undefined },
      () => skipped(isBuy, isBetween('2020-02-10', '2020-03-01')),
    ],
    [
      'a survival without an end',
      { metric: 'survival', params: { event: 'buy', where: GTE, t: 'P10D' }, ...SINCE_BIRTH, window: undefined },
      () => skipped(isBuy, (event) => ageMs(event) >= 10 * DAY_MS),
    ],
    [
      'the filter of the birth',
      {
        ...counted({ property: 'shop', eq: 'x' }),
        ...SINCE_BIRTH,
        birth: { kind: 'first_event', event: 'buy', where: GTE },
      },
      () => skipped(isBuy),
    ],
    [
      'the rule of a cohort',
      { ...counted({ property: 'shop', eq: 'x' }), cohort: { rule: { did: { event: 'buy', where: GTE } } } },
      () => skipped(isBuy),
    ],
    [
      'a condition of a time',
      {
        ...counted({ property: 'shop', eq: 'x' }),
        cohort: { rule: { did: { event: 'visit', where: GTE, within: { from: '2020-01-10', to: '2020-01-20' } } } },
      },
      () => skipped(({ event }) => event === 'visit', isBetween('2020-01-10', '2020-01-20')),
    ],
    [
      'a property that holds numbers alone',
      { metric: 'value_sum', params: { event: 'buy', value: 'clean', where: { property: 'clean', gt: 0 } } },
      () => [],
    ],
    ['a value that no comparison reads', counted({ property: 'amount', eq: 3 }), () => []],
    [
      'times without such events',
      { ...SUM, window: { kind: 'fixed', from: '2019-01-01', to: '2020-01-01' } },
      () => [],
    ],
  ])('is told of %s', async (_, body, expected) => {
    expect(await warningsOf(body)).toEqual(expected().map((warning) => expect.objectContaining(warning)));
  });

  it('stays in the stored answer', async () => {
    const [first] = await warningsOf(SUM);
    const [run] = await allRuns(app);
    expect(run?.metric).toBe('value_sum');
    const again = await ask(app, { cohort: { all: true }, window: JANUARY, as_of: AS_OF, ...SUM }, '?wait=30');
    expect(again.cached).toBe(true);
    expect(again.warnings).toContainEqual(first);
    expect((await answerOf(app, again.id)).warnings).toContainEqual(first);
  });
});
