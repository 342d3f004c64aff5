import { IngestLedger } from '../../../src/properties/ledger/ingest-ledger.service.js';
import { IngestRecovery } from '../../../src/properties/ledger/ingest-recovery.service.js';
import { NO_TOUCHES } from '../../../src/properties/ledger/touches.js';
import { EventBatch } from '../../../src/stores/clickhouse/event-batch.js';
import { EventStore } from '../../../src/stores/clickhouse/event-store.js';
import { UserBatch } from '../../../src/stores/clickhouse/user-batch.js';
import { UserStore } from '../../../src/stores/clickhouse/user-store.js';
import { until } from '../../support/until.js';
import { event, ndjson, startIngestApp, startStores, type IngestApp, type Stores } from './ingest-app.js';
import { plainForm } from '../../support/item-form.js';

const DAY = Date.parse('2024-01-01') / 86_400_000;
const EVENTS_OF_DAY = {
  eventDays: { fromDay: DAY, toDay: DAY },
  registrationDays: null,
  newUsers: false,
  traits: false,
};

let stores: Stores;
let app: IngestApp;
beforeAll(async () => {
  stores = await startStores({ isOwn: true });
  app = await startIngestApp(stores);
});
afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

function filled<B extends EventBatch | UserBatch>(batch: B, items: readonly object[]): B {
  items.forEach((item, position) => {
    const bytes = Buffer.from(JSON.stringify(item));
    expect(batch.add(bytes, 0, bytes.length, position)).toBe(true);
  });
  return batch;
}

describe('batches that are left open', () => {
  it('are closed with what was stored of them when their process is dead', async () => {
    const { id, slug, number } = await app.property();
    const ledger = app.get(IngestLedger);
    const dead = await startIngestApp(stores, {}, app.dataDir);
    const deadLedger = dead.get(IngestLedger);
    const stored = await deadLedger.open(id, 'events');
    await dead.get(EventStore).insert(number, stored, filled(new EventBatch(plainForm()), [event('a'), event('b')]));
    await deadLedger.open(id, 'events');
    const upsert = await deadLedger.open(id, 'users');
    const registered = { user: 'a', registered_at: '2024-03-01T00:00:00Z' };
    await dead.get(UserStore).insert(number, upsert, filled(new UserBatch(plainForm()), [registered]));
    expect(await ledger.dataVersion(id)).toBe(0);
    await app.get(IngestRecovery).recover();
    expect(await ledger.dataVersion(id)).toBe(0);

    await dead.stop();
    await app.get(IngestRecovery).recover();
    expect(await ledger.dataVersion(id)).toBe(3);
    const march = Date.parse('2024-03-01') / 86_400_000;
    const moved = [
      await ledger.movedSince(id, 0, EVENTS_OF_DAY),
      await ledger.movedSince(id, 1, EVENTS_OF_DAY),
      await ledger.movedSince(id, 2, {
        ...EVENTS_OF_DAY,
        eventDays: null,
        registrationDays: { fromDay: march, toDay: march },
      }),
      await ledger.movedSince(id, 2, { ...EVENTS_OF_DAY, eventDays: null, newUsers: true }),
    ];
    expect(moved).toEqual([true, false, true, true]);
    expect((await app.post(`${slug}/events`, [event('a'), event('b'), event('c')])).body).toMatchObject({
      ingest_seq: 4,
      accepted: 1,
      duplicates: 2,
    });
  });

  it('are told again under a new number when another process closed them by mistake', async () => {
    const { id, slug } = await app.property();
    const ledger = app.get(IngestLedger);
    const events = app.get(EventStore);
    const { verdict } = events;
    events.verdict = async (...args) => {
      await ledger.close(id, 1, NO_TOUCHES);
      return verdict.apply(events, args);
    };
    try {
      expect((await app.post(`${slug}/events`, [event('a')])).body).toMatchObject({ ingest_seq: 2, accepted: 1 });
    } finally {
      events.verdict = verdict;
    }
    expect(await ledger.movedSince(id, 1, EVENTS_OF_DAY)).toBe(true);
    expect(await ledger.dataVersion(id)).toBe(2);
  });

  it('are closed after the engine died in the middle of an insert, and a retry completes the data', async () => {
    const { id, slug, number } = await app.property();
    const ledger = app.get(IngestLedger);
    const items = Array.from({ length: 200_000 }, (_, i) => event(`u${i % 1000}`, { id: `${i}` }));
    const events = app.get(EventStore);
    const { insert } = events;
    events.insert = (...args) => {
      setTimeout(() => process.kill(stores.engine.pid ?? 0, 'SIGKILL'), 60);
      return insert.apply(events, args);
    };
    let failed: { status: number; body: { code?: string; stored?: object } };
    try {
      failed = await app.post<{ code: string; stored: object }>(`${slug}/events`, ndjson(items));
    } finally {
      events.insert = insert;
    }
    expect(failed).toMatchObject({
      status: 503,
      body: { code: 'engine_unavailable', stored: { ingest_seq: null, items: 0 } },
    });
    await until(async () => (await ledger.dataVersion(id)) === 1, 30_000);
    const retried = await app.post(`${slug}/events`, ndjson(items));
    expect(retried).toMatchObject({ status: 200, body: { ingest_seq: 2 } });
    expect(
      await app.rows('SELECT count() AS n FROM events FINAL WHERE property = {number:UInt32}', { number }),
    ).toEqual([{ n: items.length }]);
    const again = await app.post(`${slug}/events`, ndjson(items));
    expect(again.body).toMatchObject({ accepted: 0, duplicates: items.length });
  });
});
