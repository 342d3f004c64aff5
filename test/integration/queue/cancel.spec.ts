import { setTimeout as sleep } from 'node:timers/promises';
import { Engine } from '../../../src/stores/clickhouse/engine.js';
import { seedEvents } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

let stores: TestStores;
let app: TestApp;
beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores.urls);
  const t = performance.now();
  await seedEvents(app, { events: 500_000, users: 50_000, from: '2020-01-01', days: 365 });
  console.log('seed', performance.now() - t);
});
afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});
describe('x', () => {
  it('slow', async () => {
    const body = {
      cohort: { all: true },
      metric: 'value_sum',
      params: { value: 'weight', where: { and: Array.from({ length: 190 }, (_, i) => ({ property: 'weight', in: [...Array.from({ length: 100 }, (_, k) => k), 1000 + i] })) } },
      window: { kind: 'since_birth', length: 'P365D' },
      birth: { kind: 'first_event' },
    };
    const t = performance.now();
    const r = await app.call('POST', '/requests?wait=60', body);
    console.log(performance.now() - t, r.text.slice(-400));
  });
});
