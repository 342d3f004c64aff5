import { ask, countOf, ended, reaches, slowCountOf } from '../../support/requests.js';
import { runsOf } from '../../support/runs.js';
import { seedEvents } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

describe('a run that fails', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores, { queryTimeLimitMs: 20_000 });
    await seedEvents(app, { events: 20_000, users: 1000, from: '2020-01-01', days: 300 });
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  it('is tried again when the engine was killed under it', async () => {
    const { id } = await ask(app, slowCountOf('killed'));
    await reaches(app, id, 'running');
    process.kill(stores.engine.pid!, 'SIGKILL');
    const answer = await ended(app, id, 60_000);
    expect(answer).toMatchObject({ status: 'succeeded', error: null, cohort: { size: 1000 } });
    expect((await runsOf(app, id))[0]!.attempt).toBeGreaterThan(1);
  });

  it('is not tried again when it takes too long', async () => {
    const hasty = await startTestApp(stores, { role: 'worker', queryTimeLimitMs: 1000 });
    await app.stop();
    app = await startTestApp(stores, { role: 'api' });
    const { id } = await ask(app, slowCountOf('hasty'));
    expect(await ended(app, id)).toMatchObject({
      status: 'failed',
      aggregates: null,
      users: null,
      stale: null,
      error: { code: 'time_limit_exceeded', retryable: false, detail: expect.any(String) },
    });
    expect(await runsOf(app, id)).toEqual([expect.objectContaining({ attempt: 1 })]);
    await hasty.stop();
  });

  it('is asked anew by the next request', async () => {
    const worker = await startTestApp(stores, { role: 'worker' });
    expect(await ask(app, slowCountOf('hasty'), '?wait=30')).toMatchObject({ status: 'succeeded', cached: false });
    await worker.stop();
  });

  it('tells after three attempts that the engine is away', async () => {
    const worker = await startTestApp(stores, { role: 'worker' });
    await stores.engine.stop();
    const { id } = await ask(app, countOf('away'));
    expect(await ended(app, id)).toMatchObject({
      status: 'failed',
      error: { code: 'engine_unavailable', retryable: true },
    });
    expect(await runsOf(app, id)).toEqual([expect.objectContaining({ attempt: 3 })]);
    await worker.stop();
  });
});
