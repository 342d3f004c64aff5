import { send } from '../../support/ingest.js';
import { ask } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

const GROUPS = 1000;

/** Points of a year by the day, with the whole window. */
const POINTS = 367;

/** What is too large by the number of its users, groups and points. */
describe('a limit of size', () => {
  let stores: TestStores;
  let app: TestApp;

  const request = (more: object): object => ({
    cohort: { all: true },
    metric: 'event_count',
    params: { event: 'visit' },
    window: { kind: 'fixed', from: '2020-01-01', to: '2021-01-01' },
    ...more,
  });

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores, { seriesRowsLimit: 10 * POINTS });
    const users = Array.from({ length: GROUPS }, (_, i) => ({
      user: `u${i}`,
      traits: { full: `f${i}`, short: `s${i % (GROUPS - 1)}` },
    }));
    await send(app, 'users', ...users);
    const visits = [...users.map(({ user }) => user), 'untold'].map((user) => ({
      user,
      event: 'visit',
      time: '2020-05-01T00:00:00Z',
      properties: { page: user },
    }));
    await send(app, 'events', ...visits);
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  it('of groups counts the users without any trait as a group', async () => {
    const answer = await ask(app, request({ breakdown: ['trait:full'] }), '?wait=30');
    expect(answer).toMatchObject({ status: 'failed', error: { code: 'limit_exceeded' } });
    const { breakdown } = await ask(app, request({ breakdown: ['trait:short'] }), '?wait=30');
    expect(breakdown).toHaveLength(GROUPS);
  });

  it('of groups counts the rest beside the largest as a group', async () => {
    const of = (top: number) => request({ breakdown: [{ property: 'page', top }] });
    expect(await ask(app, of(GROUPS), '?wait=30')).toMatchObject({
      status: 'failed',
      error: { code: 'limit_exceeded' },
    });
    expect((await ask(app, of(GROUPS - 1), '?wait=30')).breakdown).toHaveLength(GROUPS);
  });

  describe('of users x points', () => {
    const days = { window: { kind: 'fixed', from: '2020-01-01', to: '2021-01-01' }, series: { interval: 'day' } };
    const survival = { metric: 'survival', params: { event: 'visit' }, ...days };
    const cohortOf = (users: number): object => ({ users: Array.from({ length: users }, (_, i) => `u${i}`) });
    const refused = {
      code: 'limit_exceeded',
      limit: 'series_rows',
      value: 10 * POINTS,
      errors: [{ pointer: '/series' }],
    };

    it('refuses a series that measures every point of every user, before it is measured', async () => {
      const answer = await ask(app, request(survival), '?wait=30');
      expect(answer).toMatchObject({ status: 'failed', error: { code: 'limit_exceeded' } });
      expect(answer.error?.detail).toContain(`${GROUPS + 1} users at ${POINTS} points`);
      const eleven = await ask(app, request({ ...survival, cohort: cohortOf(11) }), '?wait=30');
      expect(eleven.error?.detail).toContain(`11 users at ${POINTS} points`);
      expect((await ask(app, request({ ...survival, cohort: cohortOf(10) }), '?wait=30')).status).toBe('succeeded');
    });

    it('lets aggregates pass that are computed from the events, and refuses their values by user', async () => {
      const counted = await ask(app, request(days), '?wait=30');
      expect(counted.status).toBe('succeeded');
      const users = await app.call('GET', `/requests/${counted.id}/users`);
      expect(users.status).toBe(422);
      expect(users.json()).toMatchObject(refused);
    });
  });
});
