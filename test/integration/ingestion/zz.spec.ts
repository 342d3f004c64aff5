import { EventStore } from '../../../src/stores/clickhouse/event-store.js';
import { IngestLedger } from '../../../src/properties/ledger/ingest-ledger.service.js';
import { event, ndjson, startIngestApp, startStores, type IngestApp, type Stores } from './ingest-app.js';
let stores: Stores; let app: IngestApp;
beforeAll(async () => { stores = await startStores(); app = await startIngestApp(stores); });
afterAll(async () => { await app?.stop(); await stores?.stop(); });
const MANY=3000;
const many = (from: number) => Array.from({ length: MANY }, (_, i) => event(`u${(from + i) % 700}`, { id: `i${from + i}` }));
it('stress', async () => {
  const log: string[] = [];
  const ev = app.get(EventStore); const led = app.get(IngestLedger);
  const v = ev.verdict.bind(ev); ev.verdict = async (p, s, b, k) => { const r = await v(p, s, b, k); log.push(`verdict ${s} known=${k} few=${b.fewUsers?.length} rep=${b.mayRepeat} acc=${r.accepted} n=${b.count}`); return r; };
  const w = led.waitStoredBefore.bind(led); led.waitStoredBefore = async (p, s, d) => { log.push(`wait ${s} ${d}`); const r = await w(p, s, d); log.push(`waited ${s} ${r}`); return r; };
  const ins = ev.insert.bind(ev); ev.insert = async (p,s,b)=>{ log.push('ins '+s); await ins(p,s,b); log.push('insd '+s); };
  for (let r = 0; r < 40; r++) {
    log.length = 0;
    const { slug, number } = await app.property();
    const bodies = [many(0), many(0), many(1500)];
    const answers = await Promise.all(bodies.map((items) => app.post(`${slug}/events`, ndjson(items))));
    const accepted = answers.reduce((sum, { body }) => sum + body.accepted, 0);
    if (accepted !== 4500) { console.log(r, JSON.stringify(answers.map((a) => a.body)), log.join('\n'), JSON.stringify(await app.rows('SELECT seq, count() n FROM events WHERE property={number:UInt32} GROUP BY seq ORDER BY seq', { number }))); break; }
  }
}, 120000);
