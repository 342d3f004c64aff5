import type { EndedRun } from '../../../src/requests/run/ended-run.js';
import { RunLog } from '../../../src/requests/run/run-log.js';
import { ask, countOf, ended, reaches, slowCountOf } from '../../support/requests.js';
import { runsOf } from '../../support/runs.js';
import { seedEvents } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

describe('a run that fails', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores({ isOwn: true });
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

  it.each([
    [
      'takes too long',
      { queryTimeLimitMs: 1000 },
      'time_limit_exceeded',
      'query_seconds, 1 (MUSTER_QUERY_TIME_LIMIT_SECONDS)',
    ],
    [
      'needs too much memory',
      { queryMemoryLimitBytes: 2 ** 20 },
      'memory_limit_exceeded',
      'query_memory_mb, 1 (MUSTER_QUERY_MEMORY_LIMIT_MB)',
    ],
  ])(
    'is not tried again when it %s, and names the limit; the next one runs',
    async (_, limits, code, named) => {
      const limited = await startTestApp(stores, { role: 'worker', ...limits });
      await app.stop();
      app = await startTestApp(stores, { role: 'api' });
      const lines = recorded(limited);
      const { id } = await ask(app, slowCountOf(code));
      expect(await ended(app, id)).toMatchObject({
        status: 'failed',
        aggregates: null,
        users: null,
        stale: null,
        error: { code, detail: expect.stringContaining(named) },
      });
      expect(await runsOf(app, id)).toEqual([expect.objectContaining({ attempt: 1 })]);
      const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
      expect(lines).toEqual([expect.objectContaining({ hash, state: 'failed', code, runMs: expect.any(Number) })]);
      await limited.stop();

      const worker = await startTestApp(stores, { role: 'worker' });
      expect(await ask(app, slowCountOf(code), '?wait=30')).toMatchObject({ status: 'succeeded', cached: false });
      await worker.stop();
    },
    40_000,
  );

  it('leaves a line of what it has read and held, as one that succeeds does', async () => {
    const worker = await startTestApp(stores, { role: 'worker', queryTimeLimitMs: 1500 });
    const lines = recorded(worker);
    await ask(app, slowCountOf('short', 4), '?wait=30');
    await ended(app, (await ask(app, slowCountOf('seen'))).id);
    const figures = { rowsRead: expect.any(Number), bytesRead: expect.any(Number), memoryBytes: expect.any(Number) };
    expect(lines).toEqual([
      expect.objectContaining({ state: 'succeeded', engineMs: expect.any(Number), ...figures }),
      expect.objectContaining({ state: 'failed', ...figures }),
    ]);
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

/** What the process writes to its log of runs that end. */
function recorded(app: TestApp): EndedRun[] {
  const log = app.get(RunLog);
  const write = log.ended.bind(log);
  const lines: EndedRun[] = [];
  log.ended = (run, cause) => {
    lines.push(run);
    write(run, cause);
  };
  return lines;
}
