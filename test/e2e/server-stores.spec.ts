import { startTestDatabase, type TestDatabase } from '../support/embedded-postgres.js';
import { startTestEngine, type TestEngine } from '../support/embedded-engine.js';
import { type RunningMuster, runMuster } from '../support/running-muster.js';
import { callHttp } from '../support/call-http.js';

const EVENTS = [
  { id: '1', user: 'ann', event: 'purchase', time: '2026-01-05T10:00:00Z', properties: { dollars: 20 } },
  { id: '2', user: 'ann', event: 'purchase', time: '2026-01-20T10:00:00Z', properties: { dollars: 5.5 } },
  { id: '3', user: 'bob', event: 'purchase', time: '2026-01-07T10:00:00Z', properties: { dollars: 9 } },
];
const REQUEST = {
  cohort: { users: ['ann', 'bob', 'eve'] },
  metric: 'value_sum',
  params: { event: 'purchase', value: 'dollars' },
  window: { kind: 'since_birth', length: 'P10D' },
  birth: { kind: 'first_event', event: 'purchase' },
  as_of: '2026-02-01',
};

/** The program with its stores given by URL instead of started by itself. */
describe('stores given by URL', () => {
  let database: TestDatabase;
  let engine: TestEngine;
  const running: RunningMuster[] = [];

  beforeAll(async () => {
    [database, engine] = await Promise.all([
      startTestDatabase({ isMigrated: false }),
      startTestEngine({ migrate: false }),
    ]);
  });
  afterAll(async () => {
    for (const muster of running) await muster.stop();
    await Promise.all([database.stop(), engine.stop()]);
  });

  it('serves with an api process and runs jobs with a worker process', async () => {
    const env = { DATABASE_URL: database.url, CLICKHOUSE_URL: engine.url };
    const api = await runMuster({ env: { ...env, MUSTER_ROLE: 'api' } });
    running.push(api);
    const property = api.client.property('default');
    expect(await property.sendEvents(EVENTS)).toMatchObject({ accepted: 3, duplicates: 0, rejected: 0 });

    const controller = new AbortController();
    const waiting = property.ask(REQUEST, { signal: controller.signal, waitSeconds: 0 });
    controller.abort(new Error('nobody works on it'));
    await expect(waiting).rejects.toThrow('nobody works on it');

    const worker = await runMuster({ env: { ...env, MUSTER_ROLE: 'worker' } });
    running.push(worker);
    const answer = await property.ask(REQUEST);
    expect((await callHttp(worker.url, 'GET', '/readyz')).status).toBe(200);
    expect((await callHttp(worker.url, 'GET', '/v1/metrics')).status).toBe(404);
    expect((await callHttp(worker.url, 'GET', '/metrics')).text).toContain('muster_run_seconds_count 1\n');
    expect(answer.aggregates?.['net']).toMatchObject({
      n: 2,
      mean: 14.5,
      n_undefined: 1,
      undefined: { unknown_user: 1 },
    });
    const rows = [];
    for await (const row of property.values(answer.id)) rows.push(row);
    expect(rows.map((row) => [row.user, row.values['net'] ?? null])).toEqual([
      ['ann', 20],
      ['bob', 9],
      ['eve', null],
    ]);
  });
});
