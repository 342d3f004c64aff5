import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import type { AnswerDto } from '../../../src/requests/answer/answer.dto.js';
import { ask, ended } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

// Any order of ingesting, upserting, asking and waiting, each by another of two processes: whatever is called fresh is
// what a new run finds.

const USERS = ['a', 'b', 'c', 'd'];
const JANUARY = { from: '2021-01-01', to: '2021-02-01' };
const FIRST = { kind: 'first_event', event: 'join' };

function questions(): object[] {
  const count = { metric: 'event_count', params: { event: 'buy' } };
  const fixed = { kind: 'fixed', ...JANUARY };
  const list = { users: ['a', 'b', 'unknown'] };
  const known = { users: ['a', 'b'] };
  return [
    { ...count, cohort: { all: true }, window: fixed },
    { ...count, cohort: list, window: fixed },
    { ...count, cohort: list, window: fixed, as_of: '2021-01-20' },
    { ...count, cohort: { all: true }, window: fixed, as_of: '2021-01-20' },
    { ...count, cohort: known, window: { kind: 'since_birth', length: 'P5D', births: JANUARY } },
    { ...count, cohort: { all: true }, window: { kind: 'since_birth', length: 'P5D', births: JANUARY } },
    { ...count, cohort: known, birth: FIRST, window: { kind: 'since_birth', length: 'P5D', births: JANUARY } },
    { ...count, cohort: { all: true }, birth: FIRST, window: { kind: 'since_birth', length: 'P5D' } },
    { ...count, cohort: { all: true }, window: { kind: 'since_birth', length: 'PT1S' } },
    {
      cohort: { all: true },
      metric: 'newly_registered',
      window: fixed,
    },
  ];
}

interface Real {
  readonly app: TestApp;
  readonly questions: readonly object[];
  /** Every answer that was given, by the question. */
  readonly given: { readonly question: number; readonly id: string }[];
  fresh: number;
  stale: number;
}

type Command = fc.AsyncCommand<object, Real>;

const step = (name: string, work: (real: Real) => Promise<unknown>): Command => ({
  check: () => true,
  run: async (_model, real) => void (await work(real)),
  toString: () => name,
});

const numbers = ({ aggregates, cohort, warnings }: AnswerDto): object => ({ aggregates, size: cohort.size, warnings });

/**
 * Computes a question anew and holds every answer that is called fresh against it, unless its time ran out meanwhile.
 */
async function verify(real: Real, question: number): Promise<void> {
  const ids = new Set(real.given.filter((given) => given.question === question).map(({ id }) => id));
  const claimed: AnswerDto[] = [];
  for (const id of ids) claimed.push(await ended(real.app, id));
  // Twice by each process: the second time it may know the answer.
  for (let i = 0; i < 4; i += 1) claimed.push(await ask(real.app, { ...real.questions[question] }, '?wait=30'));
  const anew = await ask(real.app, { ...real.questions[question], cache: 'refresh' }, '?wait=30');
  expect(anew.status).toBe('succeeded');
  for (const answer of claimed) {
    expect(answer.moved.length > 0).toBe(answer.stale);
    if (answer.stale) real.stale += 1;
    const isOver = answer.valid_until !== null && Date.parse(answer.valid_until) <= Date.parse(anew.as_of ?? '');
    if (answer.stale || isOver) continue;
    real.fresh += 1;
    expect({ question, ...numbers(answer) }).toEqual({ question, ...numbers(anew) });
  }
  real.given.push({ question, id: anew.id });
}

/** The same event may be sent again. */
async function send(app: TestApp, what: 'events' | 'users', item: object): Promise<void> {
  expect((await app.call('POST', `/${what}`, [item])).json()).toMatchObject({ rejected: 0 });
}

/** Everybody but `unknown` is known and registered, so that later commands move what they say and no more. */
async function begin(app: TestApp): Promise<void> {
  for (const user of USERS) {
    await send(app, 'users', { user, registered_at: '2021-01-07T00:00:00Z' });
    await send(app, 'events', { user, event: 'buy', time: '2021-01-07T12:00:00Z' });
  }
}

async function askOne(real: Real, question: number, more: object = {}): Promise<void> {
  const response = await real.app.call('POST', '/requests?wait=30', { ...real.questions[question], ...more });
  if (response.status === 404) return;
  expect(response.status).toBe(200);
  const answer = response.json<AnswerDto>();
  real.given.push({ question, id: answer.id });
  if (answer.refresh) real.given.push({ question, id: answer.refresh.id });
}

const user = fc.constantFrom(...USERS, 'unknown', 'new', 'newer');
const day = fc.constantFrom(
  '2020-12-31',
  '2021-01-01',
  '2021-01-07',
  '2021-01-19',
  '2021-01-20',
  '2021-02-03',
  '2021-03-01',
);
const question = fc.nat({ max: 9 });
const event = fc.record({ user, event: fc.constantFrom('buy', 'join'), time: day.map((date) => `${date}T12:00:00Z`) });
const upsert = fc.record({
  user,
  registered_at: fc.oneof(
    day.map((date) => `${date}T00:00:00Z`),
    fc.constant(null),
  ),
});

const commands = [
  event.map((item) => step(`event ${JSON.stringify(item)}`, ({ app }) => send(app, 'events', item))),
  upsert.map((item) => step(`upsert ${JSON.stringify(item)}`, ({ app }) => send(app, 'users', item))),
  fc.constant(
    step('born now', ({ app }) => send(app, 'users', { user: 'd', registered_at: new Date().toISOString() })),
  ),
  question.map((q) => step(`ask ${q}`, (real) => askOne(real, q))),
  question.map((q) => step(`ask ${q}, stale_ok`, (real) => askOne(real, q, { cache: 'stale_ok' }))),
  question.map((q) => step(`ask ${q}, only`, (real) => askOne(real, q, { cache: 'only' }))),
  fc
    .tuple(question, event)
    .map(([q, item]) =>
      step(`ask ${q} beside event ${JSON.stringify(item)}`, (real) =>
        Promise.all([askOne(real, q), send(real.app, 'events', item), askOne(real, q)]),
      ),
    ),
  question.map((q) => step(`verify ${q}`, (real) => verify(real, q))),
  fc.constant(step('wait', () => sleep(400))),
];

describe('what is called fresh', () => {
  let stores: TestStores;
  let apps: TestApp[] = [];

  beforeAll(async () => {
    stores = await startTestStores();
    apps = [await startTestApp(stores, { jobConcurrency: 4 })];
    apps.push(await startTestApp(stores, { jobConcurrency: 4 }));
  });

  afterAll(async () => {
    await Promise.all(apps.map((app) => app.stop()));
    await stores?.stop();
  });

  it('is what a new run finds, whatever came before', async () => {
    let worlds = 0;
    const seen = { fresh: 0, stale: 0 };
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 16, size: 'max' }), async (cmds) => {
        worlds += 1;
        const slug = `world-${worlds}`;
        let turn = 0;
        const next = (): TestApp => apps[(turn += 1) % apps.length] as TestApp;
        await next().call('POST', '/../../properties', { slug });
        const call: TestApp['call'] = (method, path, ...rest) => next().call(method, `/../${slug}${path}`, ...rest);
        const real: Real = { app: { ...next(), call }, questions: questions(), given: [], fresh: 0, stale: 0 };
        const all = [...real.questions.keys()];
        await begin(real.app);
        await Promise.all(all.map((q) => askOne(real, q)));
        await fc.asyncModelRun(() => ({ model: {}, real }), cmds);
        await Promise.all(all.map((q) => verify(real, q)));
        seen.fresh += real.fresh;
        seen.stale += real.stale;
      }),
      { numRuns: Number(process.env['MUSTER_TEST_WORLDS'] ?? 4), endOnFailure: true },
    );
    // Both kinds of answers were held against a recomputation.
    expect(Math.min(seen.fresh, seen.stale)).toBeGreaterThan(3);
  }, 120_000);
});
