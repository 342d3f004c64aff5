import { setTimeout as sleep } from 'node:timers/promises';
import { startOf } from '@muster/embedded-stores';
import type { EvaluationDto } from '../../../src/cohorts/cohort-evaluation.dto.js';
import type { PropertyDeletionDto } from '../../../src/properties/deletion/property-deletion.dto.js';
import type { UploadDto } from '../../../src/cohorts/uploads/upload.dto.js';
import { RunLog, type EndedRun } from '../../../src/requests/run/run-metrics.js';
import type { TestEngine } from '../../support/embedded-engine.js';
import { ask, countOf, ended, reaches, slowCountOf } from '../../support/requests.js';
import { runsOf } from '../../support/runs.js';
import { seedEvents } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';
import { TEXT } from '../../support/uploads.js';
import { callHttp } from '../../support/call-http.js';

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
    const worker = await startTestApp(stores, { role: 'worker', queryTimeLimitMs: 1000 });
    const lines = recorded(worker);
    await ask(app, slowCountOf('short', 20), '?wait=30');
    await ended(app, (await ask(app, slowCountOf('seen'))).id);
    const figures = { rowsRead: expect.any(Number), bytesRead: expect.any(Number), memoryBytes: expect.any(Number) };
    expect(lines).toEqual([
      expect.objectContaining({ state: 'succeeded', engineMs: expect.any(Number), ...figures }),
      expect.objectContaining({ state: 'failed', ...figures }),
    ]);
    await worker.stop();
  });

  it('waits while the engine is away, at the cost of no attempt; so do validations and evaluations', async () => {
    const requested = await Promise.all(Array.from({ length: 6 }, (_, i) => ask(app, countOf(`outage-${i}`))));
    const upload = (await app.call('POST', '/cohort-uploads?name=outage', 'user-1\nuser-2\n', TEXT)).json<UploadDto>();
    const rule = { name: 'outage-rule', rule: { did: { event: 'visit' } } };
    expect((await app.call('POST', '/cohorts', rule)).status).toBe(201);
    let worker: TestApp | undefined;
    await whileDying(stores.engine, async () => {
      worker = await startTestApp(stores, { role: 'worker' });
      const evaluation = await app.call('POST', '/cohorts/outage-rule/evaluations');
      expect(evaluation.status).toBe(201);
      expect(['queued', 'running']).toContain(evaluation.json<EvaluationDto>().status);
      await until(async () => (await handedBack(requested)) > 0, 30_000);
      expect((await callHttp(app.url, 'GET', '/readyz')).json()).toMatchObject({
        code: 'not_ready',
        checks: { engine: 'down' },
      });
    });
    for (const { id } of requested)
      expect(await ended(app, id, 60_000)).toMatchObject({ status: 'succeeded', error: null });
    const runs = (await Promise.all(requested.map(({ id }) => runsOf(app, id)))).flat();
    expect(runs.map(({ attempt, handedBack: back }) => attempt - back)).toEqual(requested.map(() => 1));
    const stateOf = async <T extends { status: string }>(path: string): Promise<string> =>
      (await app.call('GET', path)).json<T>().status;
    await until(async () => (await stateOf<UploadDto>(`/cohort-uploads/${upload.id}`)) === 'validated', 60_000);
    const evaluations = async () =>
      (await app.call('GET', '/cohorts/outage-rule/evaluations')).json<{ data: EvaluationDto[] }>().data;
    await until(async () => (await evaluations())[0]?.status === 'succeeded', 60_000);
    expect(await evaluations()).toMatchObject([{ status: 'succeeded', size: 1000 }]);
    await worker?.stop();
  }, 120_000);

  it('is not begun while the disk is full, nor is anything else that writes; reading and deleting go on', async () => {
    const names = { kept: 'room-kept', doomed: 'room-doomed' };
    for (const name of Object.values(names))
      expect((await app.call('POST', '/cohorts', { name, static: { users: ['user-1'] } })).status).toBe(201);
    const key = { authorization: `Bearer ${app.adminKey}` };
    const property = { slug: 'room-doomed', name: 'room-doomed' };
    const made = await callHttp(app.url, 'POST', '/v1/properties', { headers: key, body: property });
    expect(made.status).toBe(201);
    const ours = { databaseUrl: undefined, clickhouseUrl: undefined };
    const full = await startTestApp(stores, { ...ours, diskReserveBytes: 2 ** 60 });
    const queued = await ask(app, countOf('no-room'));
    const event = { user: 'user-1', event: 'visit', time: '2020-01-01T00:00:00Z', id: 'no-room' };
    const ndjson = { 'content-type': 'application/x-ndjson' };
    const refused = [
      await full.call('POST', '/events', [event]),
      await full.call('POST', '/events', `${JSON.stringify(event)}\n`, ndjson),
      await full.call('POST', '/users', [{ user: 'user-1', traits: { plan: 'x' } }]),
      await full.call('POST', '/cohort-uploads?name=no-room', 'user-1\n', TEXT),
      await full.call('POST', '/cohorts', { name: 'no-room', static: { users: ['user-1'] } }),
      await full.call('PUT', `/cohorts/${names.kept}`, { name: names.kept, static: { users: ['user-2'] } }),
      await full.call('POST', '/cohorts/outage-rule/evaluations'),
      await full.call('POST', '/requests', countOf('never-asked')),
      await full.call('POST', '/requests', countOf('never-asked', { cohort: { users: ['somebody', 'new'] } })),
    ];
    const problem = { code: 'storage_full', detail: expect.stringContaining('MUSTER_DISK_RESERVE_MB') };
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 507, headers: { 'retry-after': '60' } });
      expect(answer.json()).toMatchObject(problem);
    }
    const goesOn = [
      await full.call('POST', '/requests', countOf('outage-0')),
      await full.call('POST', '/requests/canonical', countOf('never-asked')),
      await full.call('POST', '/cohorts/preview', { rule: { did: { event: 'visit' } } }),
      await full.call('GET', `/cohorts/${names.kept}`),
      await full.call('DELETE', `/cohorts/${names.doomed}`),
    ];
    expect(goesOn.map(({ status }) => status)).toEqual([200, 200, 200, 200, 204]);
    const deleted = await callHttp(full.url, 'DELETE', '/v1/properties/room-doomed', { headers: key });
    const receipt = async () => await callHttp(full.url, 'GET', String(deleted.headers['location']), { headers: key });
    await until(async () => (await receipt()).json<PropertyDeletionDto>().status === 'succeeded', 30_000);
    expect((await callHttp(full.url, 'GET', '/readyz')).json()).toMatchObject({
      code: 'not_ready',
      detail: expect.stringContaining('MUSTER_DISK_RESERVE_MB'),
      checks: { database: 'up', engine: 'up', storage: 'down' },
    });
    await sleep(1500);
    expect(await runsOf(app, queued.id)).toMatchObject([{ state: 'queued', attempt: 0 }]);
    await full.stop();
    const worker = await startTestApp(stores, { ...ours, role: 'worker', diskReserveBytes: 0 });
    expect(await ended(app, queued.id, 60_000)).toMatchObject({ status: 'succeeded' });
    expect((await callHttp(worker.url, 'GET', '/readyz')).json()).toMatchObject({ checks: { storage: 'up' } });
    await worker.stop();
  }, 90_000);

  it('fails where the engine stays away for longer than it may, begun or not', async () => {
    const worker = await startTestApp(stores, { role: 'worker', engineWaitMs: 1500, jobConcurrency: 1 });
    await stores.engine.stop();
    const requested = await Promise.all([1, 2, 3].map((i) => ask(app, countOf(`away-${i}`))));
    const error = { code: 'engine_unavailable', retryable: true };
    for (const { id } of requested) expect(await ended(app, id, 60_000)).toMatchObject({ status: 'failed', error });
    const attempts = (await Promise.all(requested.map(({ id }) => runsOf(app, id))))
      .flat()
      .map(({ attempt }) => attempt);
    expect(Math.min(...attempts)).toBe(0);
    await worker.stop();
  }, 90_000);

  const handedBack = async (requested: readonly { readonly id: string }[]): Promise<number> =>
    (await Promise.all(requested.map(({ id }) => runsOf(app, id)))).flat().filter((run) => run.handedBack > 0).length;
});

/** Kills the engine whenever there is one, as long as `work` goes on. */
async function whileDying(engine: TestEngine, work: () => Promise<void>): Promise<void> {
  const kill = (): void => {
    if (engine.pid !== undefined && startOf(engine.pid) !== undefined) process.kill(engine.pid, 'SIGKILL');
  };
  kill();
  const killing = setInterval(kill, 50);
  try {
    await work();
  } finally {
    clearInterval(killing);
  }
}

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
