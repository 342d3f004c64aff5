import { send } from '../../support/ingest.js';
import { ask } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

const GROUPS = 1000;

/** An answer has at most a thousand groups, however its aggregates are computed. */
describe('the limit of groups', () => {
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
    app = await startTestApp(stores);
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

  it('counts the users without any trait as a group', async () => {
    const answer = await ask(app, request({ breakdown: ['trait:full'] }), '?wait=30');
    expect(answer).toMatchObject({ status: 'failed', error: { code: 'limit_exceeded' } });
    const { breakdown } = await ask(app, request({ breakdown: ['trait:short'] }), '?wait=30');
    expect(breakdown).toHaveLength(GROUPS);
  });

  it('counts the rest beside the largest as a group', async () => {
    const of = (top: number) => request({ breakdown: [{ property: 'page', top }] });
    expect(await ask(app, of(GROUPS), '?wait=30')).toMatchObject({
      status: 'failed',
      error: { code: 'limit_exceeded' },
    });
    expect((await ask(app, of(GROUPS - 1), '?wait=30')).breakdown).toHaveLength(GROUPS);
  });
});
