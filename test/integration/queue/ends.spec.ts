import { DataSource } from 'typeorm';
import { METRIC_RUNS, RunEntity } from '../../../src/requests/run/run.entity.js';
import { type ClaimedRunRow, RunHandler } from '../../../src/requests/run/run-handler.js';
import { JobExecution, type JobOutcome } from '../../../src/jobs/job-execution.js';
import type { ClaimedJob } from '../../../src/jobs/job-kind.js';
import { JobLeases } from '../../../src/jobs/job-leases.js';
import { JobStore } from '../../../src/jobs/job-store.js';
import { JobSweeper } from '../../../src/jobs/job-sweeper.js';
import { RunValuesStore } from '../../../src/stores/clickhouse/run-values-store.js';
import { JobQueues } from '../../../src/stores/queue/job-queues.js';
import { whileFrozen } from '../../support/frozen-engine.js';
import { answerOf, ask, countOf, ended, reaches, slowCountOf } from '../../support/requests.js';
import { runsOf } from '../../support/runs.js';
import { seedEvents } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';

describe('every accepted request comes to one end', () => {
  let stores: TestStores;
  let api: TestApp;
  let workers: TestApp[] = [];

  const startWorker = async (settings = {}): Promise<TestApp> => {
    const worker = await startTestApp(stores, { role: 'worker', ...settings });
    workers.push(worker);
    return worker;
  };

  const runOf = async (id: string): Promise<RunEntity> => (await runsOf(api, id))[0]!;

  beforeAll(async () => {
    stores = await startTestStores();
    api = await startTestApp(stores, { role: 'api' });
    await seedEvents(api, { events: 25_000, users: 1000, from: '2020-01-01', days: 300 });
  });

  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    workers = [];
  });

  afterAll(async () => {
    await api?.stop();
    await stores?.stop();
  });

  it('with two workers that take turns', async () => {
    await startWorker();
    await startWorker();
    const requested = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(api, countOf(`turn ${i}`))));
    const answers = await Promise.all(requested.map(({ id }) => ended(api, id, 60_000)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['succeeded']));
    const runs = await runsOf(api, ...requested.map(({ id }) => id));
    expect(runs.map(({ attempt }) => attempt)).toEqual(Array(40).fill(1));
    await until(async () => (await api.get(JobQueues).waiting('runs')) === 0);
  });

  it('when the late result of an attempt that was taken over is refused', async () => {
    const worker = await startWorker();
    const { id } = await ask(api, countOf('stolen'));
    const second = await whileFrozen(stores.engine, async () => {
      await reaches(api, id, 'running');
      return await stolen(worker, (await runOf(id)).id);
    });
    expect(second).toMatchObject({ attempt: 2, countedAttempts: 2 });
    const target = { id: second.id, attempt: 1 };
    const rows = { runId: second.id, attempt: 1 };
    await until(async () => (await worker.get(RunValuesStore).page(rows, null, 1)).length === 0);
    expect(await runOf(id)).toMatchObject({ state: 'running', attempt: 2, result: null });
    const result = { columns: { result: JSON.stringify({ ...(await ask(api, countOf('turn 0'))), attempt: 2 }) } };
    const store = worker.get(JobStore);
    const error = { code: 'x', detail: '', retryable: true };
    expect(await store.save(METRIC_RUNS, target, { rows_read: 1 })).toBe(false);
    expect(await store.succeed(METRIC_RUNS, target, result)).toBe(false);
    expect(await store.fail(METRIC_RUNS, target, error)).toBe(false);
    expect(await store.retryLater(METRIC_RUNS, target, error)).toBe(false);
    expect(await store.waitForEngine(METRIC_RUNS, target, error)).toBe(false);
    expect(await store.handBack(METRIC_RUNS, target)).toBe(false);
    expect(await store.succeed(METRIC_RUNS, { ...target, attempt: 2 }, result)).toBe(true);
    expect(await runOf(id)).toMatchObject({ state: 'succeeded', attempt: 2 });
  });

  it('when its job was lost: the sweeper adds it again', async () => {
    const { id } = await ask(api, countOf('lost'));
    const run = await runOf(id);
    await api.get(JobQueues).remove('runs', { id: run.id, generation: null });
    expect(await api.get(JobQueues).waiting('runs')).toBe(0);
    await api.get(DataSource).manager.update(RunEntity, { id: run.id }, { createdAt: new Date(Date.now() - 60_000) });
    const worker = await startWorker();
    await worker.get(JobSweeper).sweep();
    expect(await ended(api, id)).toMatchObject({ status: 'succeeded' });
  });

  it('when workers died over it three times: it fails, with the last error', async () => {
    const { id } = await ask(api, countOf('deadly'));
    const { id: runId } = await runOf(id);
    const error = { code: 'engine_unavailable', detail: 'gone', retryable: true };
    await api
      .get(DataSource)
      .query("UPDATE runs SET state = 'running', attempt = 3, error = $2 WHERE id = $1", [runId, error]);
    await startWorker();
    expect(await ended(api, id)).toMatchObject({
      status: 'failed',
      error: { code: 'attempts_exhausted', retryable: true, detail: expect.stringContaining('engine_unavailable') },
    });
  });

  it('when a worker shuts down over it: it is handed back, and the next one takes it', async () => {
    const worker = await startWorker({ shutdownGraceMs: 100 });
    const { id } = await ask(api, slowCountOf('handed over'));
    await reaches(api, id, 'running');
    const startedMs = performance.now();
    await worker.stop();
    expect(performance.now() - startedMs).toBeLessThan(3000);
    workers = [];
    expect(await runOf(id)).toMatchObject({ state: 'queued', attempt: 1, handedBack: 1 });
    await startWorker();
    expect(await ended(api, id, 60_000)).toMatchObject({ status: 'succeeded' });
    expect(await runOf(id)).toMatchObject({ attempt: 2, handedBack: 1 });
  });

  it('when the worker has time to finish it before it shuts down', async () => {
    const worker = await startWorker({ shutdownGraceMs: 20_000 });
    const { id } = await ask(api, countOf('just in time'));
    await whileFrozen(stores.engine, () => reaches(api, id, 'running'));
    await worker.stop();
    workers = [];
    expect(await answerOf(api, id)).toMatchObject({ status: 'succeeded' });
  });

  it('when its job is taken from a worker that lives: the run stays where it is', async () => {
    const worker = await startWorker();
    const { id } = await ask(api, slowCountOf('held', 100));
    await reaches(api, id, 'running');
    const { id: runId } = await runOf(id);
    const outcome = await attempted(worker, runId);
    expect(outcome).toEqual({ kind: 'retry', delayMs: expect.any(Number) });
    expect(await ended(api, id, 60_000)).toMatchObject({ status: 'succeeded' });
    expect(await runOf(id)).toMatchObject({ attempt: 1 });
    expect(await worker.get(JobLeases).leftMs(METRIC_RUNS, runId)).toBe(0);
    expect(await attempted(worker, runId)).toEqual({ kind: 'done' });
  });

  it('when every connection to the database is cut under it', async () => {
    const worker = await startWorker();
    const { id } = await ask(api, slowCountOf('cut off'));
    await reaches(api, id, 'running');
    const cut = async (): Promise<number> => {
      const rows = await api
        .get(DataSource)
        .query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        );
      return rows.length;
    };
    expect(await cut()).toBeGreaterThan(5);
    expect(await ended(api, id, 60_000)).toMatchObject({ status: 'succeeded' });
    await until(async () => (await hintsOf(api)) === 2, 10_000);
    expect(await ask(api, countOf('after the cut'), '?wait=20')).toMatchObject({ status: 'succeeded' });
    await worker.stop();
    workers = [];
    await until(async () => (await hintsOf(api)) === 1);
  });
});

/** What becomes of the job of a run that a worker takes up. */
function attempted(app: TestApp, runId: string): Promise<JobOutcome> {
  const message = { id: runId, generation: null };
  return app.get(JobExecution).attempt(app.get(RunHandler), message, new AbortController().signal);
}

/** Another attempt at a run whose worker is at it: as if that had not said for a while that it lives. */
async function stolen(app: TestApp, runId: string): Promise<ClaimedJob<ClaimedRunRow>> {
  const claim = (): Promise<ClaimedJob<ClaimedRunRow> | null> =>
    app.get(JobStore).claim(app.get(RunHandler), { id: runId, generation: null });
  expect(await claim()).toBeNull();
  expect(await app.get(JobLeases).leftMs(METRIC_RUNS, runId)).toBeGreaterThan(3000);
  let claimed: ClaimedJob<ClaimedRunRow> | null = null;
  await until(async () => {
    await app.get(DataSource).query('UPDATE runs SET leased_until = now() WHERE id = $1', [runId]);
    return (claimed = await claim()) !== null;
  });
  return claimed!;
}

/** Processes that listen for hints. */
async function hintsOf(app: TestApp): Promise<number> {
  const [row] = await app
    .get(DataSource)
    .query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'muster-hints'`,
    );
  return row.n;
}
