import { DataSource, In } from 'typeorm';
import { isMetricId } from '../../../src/core/metric/catalogue.js';
import { RunEntity } from '../../../src/requests/run/run.entity.js';
import { parseOpenMetrics } from '../../support/openmetrics.js';
import { ask, countOf, reaches, slowCountOf } from '../../support/requests.js';
import { dayOf, seedEvents, touch } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';
import { callHttp } from '../../support/call-http.js';

const TOKEN = 'a-token-of-a-collector';

describe('GET /metrics', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    await seedEvents(app, { events: 400_000, users: 1000, from: '2020-01-01', days: 300 });
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  const scrape = (of: TestApp, headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') =>
    of.nest.inject({ method: 'GET', url: '/metrics', headers, remoteAddress });
  /** The samples by their names with labels, as they stand in the text. */
  const figures = async (of: TestApp): Promise<(name: string) => number> => {
    const { payload } = await scrape(of);
    const samples = parseOpenMetrics(payload).flatMap((family) => family.samples);
    return (wanted) => {
      const found = samples.find(({ name, labels }) => wanted === name + labelText(labels));
      if (found === undefined) throw new Error(`there is no ${wanted} in ${payload}`);
      return found.value;
    };
  };

  it('tells how requests were answered, what runs took, and what waits', async () => {
    await ask(app, countOf('x'), '?wait=20');
    await ask(app, countOf('x'));
    await touch(app, { eventDays: [dayOf('2020-05-02')] });
    await ask(app, countOf('x', { cache: 'only' }));
    await ask(app, countOf('x', { cache: 'refresh' }), '?wait=20');

    const { statusCode, headers } = await scrape(app);
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const value = await figures(app);
    expect(value('muster_requests_total{outcome="miss"}')).toBe(2);
    expect(value('muster_requests_total{outcome="hit"}')).toBe(1);
    expect(value('muster_requests_total{outcome="stale"}')).toBe(1);
    expect(value('muster_runs_total{state="succeeded",metric="event_count"}')).toBe(2);
    expect(value('muster_run_attempts_total{state="succeeded"}')).toBe(2);
    expect(value('muster_run_seconds_count')).toBe(2);
    expect(value('muster_run_seconds_sum')).toBeGreaterThan(0);
    expect(value('muster_run_queue_seconds_count')).toBe(2);
    expect(value('muster_engine_rows_read_total')).toBeGreaterThan(0);
    expect(value('muster_engine_bytes_read_total')).toBeGreaterThan(0);
    expect(value('muster_queued_runs{priority="interactive"}')).toBe(0);
    expect(value('muster_running_runs')).toBe(0);
    expect(value('muster_stuck_runs')).toBe(0);
    expect(value('muster_oldest_queued_run_seconds')).toBe(0);
  });

  it('counts what was retried, failed and cancelled, and what memory it took', async () => {
    const slow = slowCountOf('slow', 60);
    const { id } = await ask(app, slow);
    await reaches(app, id, 'running');
    await app.call('DELETE', `/requests/${id}`);
    await until(async () => (await figures(app))('muster_runs_total{state="cancelled",metric="event_count"}') === 1);
    const value = await figures(app);
    expect(value('muster_run_attempts_total{state="cancelled"}')).toBe(1);
    expect((await figures(app))('muster_run_seconds_count')).toBe(3);
  });

  it('tells every process what waits in all, and what is stuck', async () => {
    const api = await startTestApp(stores, { role: 'api', queryTimeLimitMs: 10_000 });
    await app.stop();
    try {
      for (const name of ['q1', 'q2', 'q3']) await ask(api, countOf(name));
      await ask(api, countOf('q4', { priority: 'bulk' }));
      await ask(api, countOf('q1'));
      const { manager } = api.get(DataSource);
      const started = (secondsAgo: number) => ({
        state: 'running' as const,
        startedAt: new Date(Date.now() - secondsAgo * 1000),
      });
      const [first, second] = await manager.findBy(RunEntity, { state: 'queued' });
      await manager.update(RunEntity, { id: first!.id }, started(29));
      await manager.update(RunEntity, { id: second!.id }, started(31));
      const value = await figures(api);
      const queued = value('muster_queued_runs{priority="interactive"}') + value('muster_queued_runs{priority="bulk"}');
      expect([queued, value('muster_running_runs'), value('muster_stuck_runs')]).toEqual([2, 2, 1]);
      expect(value('muster_requests_total{outcome="joined"}')).toBe(1);
      expect(value('muster_oldest_queued_run_seconds')).toBeGreaterThan(0);
      await manager.update(RunEntity, { id: In([first!.id, second!.id]) }, { state: 'cancelled' });
    } finally {
      app = await startTestApp(stores);
      await api.stop();
    }
  });

  it('has labels of few values, none of them from outside', async () => {
    const families = parseOpenMetrics((await scrape(app)).payload);
    const labels = new Set(families.flatMap(({ samples }) => samples.flatMap((sample) => Object.keys(sample.labels))));
    expect([...labels].filter((name) => !['outcome', 'state', 'metric', 'priority', 'le'].includes(name))).toEqual([]);
    const metrics = families.flatMap(({ samples }) => samples.map((sample) => sample.labels['metric']));
    expect(metrics.filter((id) => id !== undefined && !isMetricId(id))).toEqual([]);
    expect(families.map(({ name }) => name).filter((name) => !name.startsWith('muster_'))).toEqual([]);
  });

  it('is told by a worker too, beside its health and nothing else', async () => {
    const worker = await startTestApp(stores, { role: 'worker' });
    await app.stop();
    const api = await startTestApp(stores, { role: 'api' });
    try {
      await ask(api, countOf('by a worker'), '?wait=20');
      expect((await figures(worker))('muster_run_seconds_count')).toBe(1);
      for (const url of ['/livez', '/readyz']) expect((await callHttp(worker.url, 'GET', url)).status).toBe(200);
      for (const url of ['/v1/properties/default/requests', '/v1/metrics', '/docs', '/openapi.json', '/none']) {
        const answer = await callHttp(worker.url, 'GET', url);
        expect([url, answer.status, answer.json<{ code: string }>().code]).toEqual([url, 404, 'not_found']);
      }
    } finally {
      app = await startTestApp(stores);
      await api.stop();
      await worker.stop();
    }
  });

  it('is for this machine alone, also behind a proxy on it', async () => {
    expect((await scrape(app, {}, '10.1.2.3')).statusCode).toBe(403);
    const ofProxies = [
      'x-forwarded-for',
      'forwarded',
      'via',
      'x-real-ip',
      'X-Forwarded-Proto',
      'x-client-ip',
      'cf-ray',
    ];
    for (const name of ofProxies) {
      const { statusCode, payload } = await scrape(app, { [name]: '10.1.2.3' });
      expect([name, statusCode, payload.includes('MUSTER_METRICS_TOKEN')]).toEqual([name, 403, true]);
    }
    expect((await scrape(app, {}, '::1')).statusCode).toBe(200);
  });

  it('asks for the token where one is set, of everybody', async () => {
    const guarded = await startTestApp(stores, { role: 'api', metricsToken: TOKEN });
    try {
      const reported = (authorization: string) => scrape(guarded, { authorization }, '10.1.2.3');
      expect((await scrape(guarded)).statusCode).toBe(401);
      expect((await reported(`Bearer ${TOKEN}x`)).statusCode).toBe(401);
      expect((await reported(`Bearer ${TOKEN}`)).statusCode).toBe(200);
    } finally {
      await guarded.stop();
    }
  });
});

function labelText(labels: Readonly<Record<string, string>>): string {
  const texts = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return texts.length === 0 ? '' : `{${texts.join(',')}}`;
}
