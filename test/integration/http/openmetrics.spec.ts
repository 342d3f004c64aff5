import { ask, countOf } from '../../support/requests.js';
import { send } from '../../support/ingest.js';
import { dayOf, touch } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

const TOKEN = 'a-token-of-a-collector';

describe('GET /metrics', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    await send(app, 'events', { user: 'a', event: 'visit', time: '2020-05-01T00:00:00Z' });
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  const scrape = (of: TestApp, headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') =>
    of.nest.inject({ method: 'GET', url: '/metrics', headers, remoteAddress });

  it('tells how requests were answered, what runs took, and what waits', async () => {
    await ask(app, countOf('x'), '?wait=20');
    await ask(app, countOf('x'));
    await touch(app, { eventDays: [dayOf('2020-05-02')] });
    await ask(app, countOf('x', { cache: 'only' }));
    await ask(app, countOf('x', { cache: 'refresh' }), '?wait=20');

    const { statusCode, headers, payload } = await scrape(app);
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const value = (name: string): number =>
      Number(
        payload
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')[1],
      );
    expect(value('muster_requests_total{outcome="miss"}')).toBe(2);
    expect(value('muster_requests_total{outcome="hit"}')).toBe(1);
    expect(value('muster_requests_total{outcome="stale"}')).toBe(1);
    expect(value('muster_runs_total{state="succeeded",metric="event_count"}')).toBe(2);
    expect(value('muster_run_attempts_total{state="succeeded"}')).toBe(2);
    expect(value('muster_run_seconds_count')).toBe(2);
    expect(value('muster_run_queue_seconds_count')).toBe(2);
    expect(value('muster_engine_rows_read_total')).toBeGreaterThan(0);
    expect(value('muster_engine_bytes_read_total')).toBeGreaterThan(0);
    expect(value('muster_queued_runs{priority="interactive"}')).toBe(0);
    expect(value('muster_running_runs')).toBe(0);
    expect(value('muster_stuck_runs')).toBe(0);
    expect(value('muster_oldest_queued_run_seconds')).toBe(0);
    expect(payload.endsWith('# EOF\n')).toBe(true);
  });

  it('is for this machine alone, also behind a proxy on it', async () => {
    expect((await scrape(app, {}, '10.1.2.3')).statusCode).toBe(403);
    expect((await scrape(app, { 'x-forwarded-for': '10.1.2.3' })).statusCode).toBe(403);
    expect((await scrape(app, {}, '::1')).statusCode).toBe(200);
  });

  it('asks for the token where one is set, of everybody', async () => {
    const guarded = await startTestApp(stores, { role: 'api', metricsToken: TOKEN });
    try {
      const told = (authorization: string) => scrape(guarded, { authorization }, '10.1.2.3');
      expect((await scrape(guarded)).statusCode).toBe(401);
      expect((await told(`Bearer ${TOKEN}x`)).statusCode).toBe(401);
      expect((await told(`Bearer ${TOKEN}`)).statusCode).toBe(200);
    } finally {
      await guarded.stop();
    }
  });
});
