import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { IngestLedger } from '../../../src/properties/ledger/ingest-ledger.service.js';
import { DataSource } from 'typeorm';

let stores: TestStores;
let app: TestApp;
beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
});
afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

describe('smoke', () => {
  it('asks', async () => {
    const ledger = app.get(IngestLedger);
    const [p] = await app.get(DataSource).query('select id, number from properties');
    const seq = await ledger.open(p.id, 'events');
    await stores.engine.engine.insertRows('events', [
      {
        property: p.number,
        user_id: 'a',
        time: '1997-01-02 00:00:00.000',
        name: 'buy',
        client_id: '1',
        content_hash: '0',
        text: {},
        number: { dollars: 3 },
        flag: {},
        seq,
        position: 0,
      },
    ]);
    await ledger.close(p.id, seq, {
      eventDays: [9863],
      registrationDays: [],
      registrationNone: false,
      newUsers: true,
      traits: false,
    });
    const body = {
      cohort: { all: true },
      metric: 'event_count',
      window: { kind: 'fixed', from: '1997-01-01', to: '1997-02-01' },
    };
    for (let i = 0; i < 5; i++) {
      const t = performance.now();
      const r = await app.call('POST', '/requests?wait=5', body);
      console.log(
        performance.now() - t,
        r.status,
        r.headers,
        i === 0 || i === 4 ? JSON.stringify(r.json(), null, 1) : '',
      );
    }
    const r = await app.call('POST', '/requests', body);
    const { id } = r.json<{ id: string }>();
    for (const f of ['json', 'ndjson', 'csv'])
      console.log((await app.call('GET', `/requests/${id}/users?format=${f}`)).text);
    console.log((await app.call('GET', `/requests`)).text);
    console.log((await app.call('DELETE', `/requests/${id}`)).status);
  });
});
