import { send } from '../../support/ingest.js';
import { answerOf, ask } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';

const HOUR_MS = 3_600_000;

/** What is asked; each case has a user `name` of its own, and cohort and event names of its own. */
type Question = (name: string) => object;

const fixed: Question = (name) => ({
  cohort: { users: [name] },
  metric: 'event_count',
  params: { event: name },
  window: { kind: 'fixed', from: '2021-03-01', to: '2021-04-01' },
});
const asOf: Question = (name) => ({ ...fixed(name), as_of: '2021-03-20' });
const everybody: Question = (name) => ({ ...fixed(name), cohort: { all: true } });
const sinceFirstEvent: Question = (name) => ({
  ...fixed(name),
  birth: { kind: 'first_event', event: name },
  window: { kind: 'since_birth', length: 'P10D', births: { from: '2021-03-01', to: '2021-04-01' } },
});
const sinceRegistration: Question = (name) => ({
  ...fixed(name),
  window: { kind: 'since_birth', length: 'P10D', births: { from: '2021-03-01', to: '2021-04-01' } },
});
const withStranger: Question = (name) => ({ ...fixed(name), cohort: { users: [name, `${name}-stranger`] } });

describe('a stored result', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  const event = (user: string, time: string, name = user) => send(app, 'events', { user, event: name, time });
  const user = (name: string, more: object) => send(app, 'users', { user: name, ...more });

  /** A known user, registered on 2021-03-05, with an event on 2021-03-10, and the answer to the question, stored. */
  const store = async (name: string, question: Question) => {
    await user(name, { registered_at: '2021-03-05T00:00:00Z' });
    await event(name, '2021-03-10T00:00:00Z');
    const answer = await ask(app, question(name), '?wait=20');
    expect(answer).toMatchObject({ status: 'succeeded', cached: false, stale: false });
    expect(await ask(app, question(name))).toMatchObject({ id: answer.id, cached: true, stale: false });
    return answer;
  };

  const isFresh = async (id: string, question: object): Promise<boolean> => {
    const { stale } = await answerOf(app, id);
    const again = await ask(app, question, '?wait=20');
    expect(again.status).toBe('succeeded');
    expect({ stale, cached: again.cached }).toEqual({ stale: !again.cached, cached: again.cached });
    return again.cached;
  };

  it.each<[string, Question, (name: string) => Promise<void>]>([
    ['an event on a day of the window', fixed, (name) => event(name, '2021-03-31T23:59:59Z')],
    ['an event of somebody else there', fixed, (name) => event(`${name}-other`, '2021-03-01T00:00:00Z', 'whatever')],
    ['an event before as_of', asOf, (name) => event(name, '2021-03-19T23:59:59Z')],
    ['the first event of a new user, for everybody', everybody, (name) => event(`${name}-new`, '2015-01-01T00:00:00Z')],
    ['a user who is only upserted, for everybody', everybody, (name) => user(`${name}-new`, {})],
    [
      'an event in a window that lasts beyond the births',
      sinceFirstEvent,
      (name) => event(name, '2021-04-10T00:00:00Z'),
    ],
    ['an earlier first event', sinceFirstEvent, (name) => event(name, '2021-01-01T00:00:00Z')],
    [
      'a registration that moves within the births',
      sinceRegistration,
      (name) => user(name, { registered_at: '2021-03-07T00:00:00Z' }),
    ],
    [
      'a registration that moves out of the births',
      sinceRegistration,
      (name) => user(name, { registered_at: '2020-01-01T00:00:00Z' }),
    ],
    ['a registration that is taken away', sinceRegistration, (name) => user(name, { registered_at: null })],
    [
      'a first registration',
      sinceRegistration,
      (name) => user(`${name}-other`, { registered_at: '2021-03-02T00:00:00Z' }),
    ],
    [
      'an unknown member who becomes known, by an event',
      withStranger,
      (name) => event(`${name}-stranger`, '2015-01-01T00:00:00Z'),
    ],
    ['an unknown member who becomes known, by an upsert', withStranger, (name) => user(`${name}-stranger`, {})],
  ])('is stale after %s', async (what, question, move) => {
    const name = what.replaceAll(/\W+/g, '-');
    const { id } = await store(name, question);
    await move(name);
    expect(await isFresh(id, question(name))).toBe(false);
  });

  it.each<[string, Question, (name: string) => Promise<void>]>([
    ['an event before the window', fixed, (name) => event(name, '2021-02-28T23:59:59Z')],
    ['an event after the window', fixed, (name) => event(name, '2021-04-01T00:00:00Z')],
    ['a new user, for a list of known ones', fixed, (name) => event(`${name}-new`, '2015-01-01T00:00:00Z')],
    ['an event after as_of', asOf, (name) => event(name, '2021-03-20T00:00:00Z')],
    [
      'a registration, where no birth is needed',
      fixed,
      (name) => user(name, { registered_at: '2021-03-07T00:00:00Z' }),
    ],
    [
      'a registration outside of the births',
      sinceRegistration,
      (name) => user(`${name}-2`, { registered_at: '2016-01-01T00:00:00Z' }),
    ],
    ['a trait', everybody, (name) => user(name, { traits: { country: 'US' } })],
  ])('stays fresh after %s', async (what, question, move) => {
    const name = what.replaceAll(/\W+/g, '-');
    // So that the moves below only move what they say.
    await user(`${name}-2`, { registered_at: '2015-01-01T00:00:00Z' });
    const { id } = await store(name, question);
    await move(name);
    expect(await isFresh(id, question(name))).toBe(true);
  });

  it('has the late event in its next answer', async () => {
    const { aggregates } = await store('late', fixed);
    expect(aggregates?.['count']).toMatchObject({ n: 1, mean: 1 });
    await event('late', '2021-03-02T00:00:00Z');
    expect((await ask(app, fixed('late'), '?wait=20')).aggregates?.['count']).toMatchObject({ n: 1, mean: 2 });
  });

  it('is stale from valid_until on, though nothing has moved', async () => {
    const bornMs = Date.now() - HOUR_MS;
    await user('soon', { registered_at: new Date(bornMs).toISOString() });
    const lengthS = Math.ceil((Date.now() - bornMs) / 1000) + 3;
    const question = { ...fixed('soon'), window: { kind: 'since_birth', length: `PT${lengthS}S` } };
    const answer = await ask(app, question, '?wait=20');
    expect(answer).toMatchObject({ stale: false, valid_until: new Date(bornMs + lengthS * 1000).toISOString() });
    expect(await ask(app, question)).toMatchObject({ id: answer.id, cached: true });
    await until(() => Date.now() >= Date.parse(answer.valid_until ?? ''), 10_000);
    expect(await answerOf(app, answer.id)).toMatchObject({ stale: true });
    expect(await ask(app, question, '?wait=20')).toMatchObject({ cached: false, valid_until: null });
  });

  it('is never fresh while an event lies ahead, and with as_of always', async () => {
    await event('ahead', new Date(Date.now() + HOUR_MS).toISOString());
    await user('ahead', {});
    const answer = await ask(app, fixed('ahead'), '?wait=20');
    expect(answer).toMatchObject({ status: 'succeeded', stale: true });
    expect(await ask(app, fixed('ahead'), '?wait=20')).toMatchObject({ cached: false });
    const given = await ask(app, asOf('ahead'), '?wait=20');
    expect(given).toMatchObject({ stale: false, valid_until: null, as_of: '2021-03-20T00:00:00.000Z' });
    expect(await ask(app, asOf('ahead'))).toMatchObject({ id: given.id, cached: true });
  });
});
