import { allRuns, runsOf } from '../../support/runs.js';
import { whileFrozen } from '../../support/frozen-engine.js';
import { ask, countOf, ended, reaches } from '../../support/requests.js';
import { dayOf, seedEvents, touch } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { JobQueues } from '../../../src/stores/queue/job-queues.js';

const SEED = { events: 1000, users: 10, from: '2020-01-01', days: 300 };

describe('requests of one hash', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    // A thousand connections of one process, which also calls: their headers may wait.
    app = await startTestApp(stores, { headersTimeoutMs: 120_000, requestTimeoutMs: 240_000 });
    await seedEvents(app, SEED);
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  it('start one run, also when a thousand come at once', async () => {
    const before = (await allRuns(app)).length;
    const responses = await Promise.all(
      Array.from({ length: 1000 }, (_, i) =>
        app.call('POST', i % 2 ? '/requests?wait=30' : '/requests', countOf('crowd')),
      ),
    );
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200, 202]));
    const ids = [...new Set(responses.map((response) => response.json<{ id: string }>().id))];
    const answers = await Promise.all(ids.map((id) => ended(app, id)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['succeeded']));
    expect(await runsOf(app, ...ids)).toEqual([expect.objectContaining({ state: 'succeeded', attempt: 1 })]);
    expect((await allRuns(app)).length).toBe(before + 1);
    expect(await app.get(JobQueues).waiting('runs')).toBe(0);
  });

  it('join a running run while nothing it reads has moved', async () => {
    const ids = await whileFrozen(stores.engine, async () => {
      const first = await ask(app, countOf('joined'));
      await reaches(app, first.id, 'running');
      await touch(app, { eventDays: [dayOf('2019-12-31')] });
      return [first.id, (await ask(app, countOf('joined'))).id];
    });
    const answers = await Promise.all(ids.map((id) => ended(app, id)));
    expect(new Set(ids).size).toBe(2);
    expect(answers.map(({ status, stale }) => ({ status, stale }))).toEqual(
      [1, 2].map(() => ({ status: 'succeeded', stale: false })),
    );
    expect(await runsOf(app, ...ids)).toHaveLength(1);
  });

  it('start another run once something has moved that the running one does not see', async () => {
    const [old, young, last] = await whileFrozen(stores.engine, async () => {
      const first = await ask(app, countOf('moved'));
      await reaches(app, first.id, 'running');
      await touch(app, { eventDays: [dayOf('2020-02-01')] });
      const second = await ask(app, countOf('moved'));
      return [first.id, second.id, (await ask(app, countOf('moved'))).id] as const;
    });
    expect(await ended(app, old)).toMatchObject({ status: 'succeeded', stale: true });
    expect(await ended(app, young)).toMatchObject({ status: 'succeeded', stale: false });
    expect(await runsOf(app, old, young, last)).toHaveLength(2);
    expect(await ask(app, countOf('moved'))).toMatchObject({ id: last, cached: true });
  });

  it('run again with `refresh`, which joins only a run that has not started', async () => {
    const refresh = countOf('refreshed', { cache: 'refresh' });
    const stored = await ask(app, countOf('refreshed'), '?wait=20');
    expect(await ask(app, countOf('refreshed'))).toMatchObject({ id: stored.id, cached: true });
    const ids = await whileFrozen(stores.engine, async () => {
      // As many as the process works on at once stand still, so that the next one stays queued.
      const running = [(await ask(app, refresh)).id, (await ask(app, countOf('in the way'))).id];
      for (const id of running) await reaches(app, id, 'running');
      return [...running, (await ask(app, refresh)).id, (await ask(app, refresh)).id];
    });
    const answers = await Promise.all(ids.map((id) => ended(app, id)));
    expect(answers.map(({ status }) => status)).toEqual(Array(4).fill('succeeded'));
    expect(await runsOf(app, stored.id, ids[0]!, ids[2]!, ids[3]!)).toHaveLength(3);
    expect(await ask(app, countOf('refreshed'))).toMatchObject({ id: ids[3], cached: true });
  });
});
