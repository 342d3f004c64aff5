import 'reflect-metadata';
import { startTestApp } from './test-app.js';
import { startTestStores } from './test-stores.js';
import { IngestLedger } from '../../src/properties/ledger/ingest-ledger.service.js';
import { DataSource } from 'typeorm';

const stores = await startTestStores();
const app = await startTestApp(stores);
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
const body = (i: number) => ({
  cohort: { all: true },
  metric: 'event_count',
  params: { event: 'e' + i },
  window: { kind: 'fixed', from: '1997-01-01', to: '1997-02-01' },
});
const median = (xs: number[]) => xs.toSorted((a, b) => a - b)[Math.floor(xs.length / 2)]!;
for (const round of [0, 1, 2]) {
  const cold: number[] = [],
    over: number[] = [],
    hit: number[] = [],
    queue: number[] = [],
    getms: number[] = [],
    plain: number[] = [];
  for (let i = 0; i < 40; i++) {
    let t = performance.now();
    const r = await app.call('POST', '/requests?wait=5', body(round * 100 + i));
    const ms = performance.now() - t;
    const a = r.json<any>();
    cold.push(ms);
    over.push(ms - a.timings.engine_ms);
    queue.push(a.timings.queue_ms);
    t = performance.now();
    await app.call('POST', '/requests?wait=5', body(round * 100 + i));
    hit.push(performance.now() - t);
    t = performance.now();
    await app.call('GET', '/requests/' + a.id);
    getms.push(performance.now() - t);
    t = performance.now();
    await app.call('GET', '/cohorts');
    plain.push(performance.now() - t);
  }
  console.log(
    'cold',
    median(cold),
    'over engine',
    median(over),
    'queue',
    median(queue),
    'hit',
    median(hit),
    'get',
    median(getms),
    'list cohorts',
    median(plain),
  );
}
await app.stop();
await stores.stop();
