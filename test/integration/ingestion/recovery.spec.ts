import { DataSource } from 'typeorm';
import { IngestLedger } from '../../../src/properties/ledger/ingest-ledger.service.js';
import { IngestRecovery } from '../../../src/properties/ledger/ingest-recovery.service.js';
import { NO_DATA_CHANGES } from '../../../src/properties/ledger/data-changes.js';
import { EventBatch } from '../../../src/stores/clickhouse/event-batch.js';
import { Engine } from '../../../src/stores/clickhouse/engine.js';
import { EventStore } from '../../../src/stores/clickhouse/event-store.js';
import { UserBatch } from '../../../src/stores/clickhouse/user-batch.js';
import { UserStore } from '../../../src/stores/clickhouse/user-store.js';
import { until } from '../../support/until.js';
import { event, manyEvents, ndjson, startIngestApp, startStores, type IngestApp, type Stores } from './ingest-app.js';
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

interface Doubt {
  readonly code: string;
  readonly detail: string;
  readonly ingest_seq?: number;
  readonly in_doubt?: number;
  readonly stored: { readonly items: number; readonly accepted: number };
}

type Answered = Awaited<ReturnType<typeof app.post<Doubt>>>;

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
      await ledger.close(id, 1, NO_DATA_CHANGES);
      return verdict.apply(events, args);
    };
    try {
      const items = manyEvents();
      expect((await app.post(`${slug}/events`, items)).body).toMatchObject({ ingest_seq: 2, accepted: items.length });
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
    let failed: Answered;
    try {
      failed = await app.post<Doubt>(`${slug}/events`, ndjson(items));
    } finally {
      events.insert = insert;
    }
    expect(failed).toMatchObject({
      status: 503,
      body: {
        code: 'engine_unavailable',
        ingest_seq: 1,
        in_doubt: items.length,
        stored: { ingest_seq: null, items: 0 },
      },
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

  it('are closed where the number was given out and the answer that told it was lost', async () => {
    const { id, slug } = await app.property();
    await app.get(IngestLedger).open(id, 'events');
    await app.get(IngestRecovery).recover();
    await app.get(IngestRecovery).recover();
    expect((await app.post(`${slug}/events`, [event('a')])).body).toMatchObject({ ingest_seq: 2, accepted: 1 });
  });
});

describe('a group of batches that failed above one that is still worked on', () => {
  it('waits for it once, and is ended by a later look', async () => {
    const { id, number } = await app.property();
    const ledger = app.get(IngestLedger);
    const below = await ledger.open(id, 'events');
    const nobody = { apiKeyId: null, streamSeq: null };
    const firstSeq = await ledger.openGroup(id, 'events', [nobody, nobody, nobody, nobody]);
    for (let seq = below; seq < firstSeq + 4; seq += 1) ledger.underWay.begin(id, seq, []);
    const group = [0, 1, 2, 3].map((place) => {
      const seq = firstSeq + place;
      return { propertyId: id, propertyNumber: number, seq, kind: 'events' as const, targetSeq: null };
    });
    const begunMs = performance.now();
    expect(await app.get(IngestRecovery).settle(group)).toEqual([null, null, null, null]);
    // One wait has 4 s, four have 16.
    expect(performance.now() - begunMs).toBeLessThan(12_000);
    expect(await ledger.dataVersion(id)).toBe(below - 1);
    await ledger.close(id, below, NO_DATA_CHANGES);
    await app.get(IngestRecovery).recover();
    expect(await ledger.dataVersion(id)).toBe(firstSeq + 3);
  });
});

describe('an answer after rows may have been written', () => {
  const USERS = 1_000;
  const items = Array.from({ length: USERS }, (_, i) => event(`u${i}`, { id: `${i}` }));
  const upserts = items.map((_, i) => ({ user: `u${i}`, traits: { number: i } }));
  const csv = `id,user,event,time\n${items.map((_, i) => `${i},u${i},e,2024-01-01T00:00:00Z\n`).join('')}`;
  const count = async (table: 'events' | 'user_changes', number: number): Promise<number> => {
    const sql = `SELECT count() AS n FROM ${table} WHERE property = {number:UInt32}`;
    return (await app.rows<{ n: number }>(sql, { number }))[0]?.n ?? 0;
  };

  it('is no limit of those who ask: what is stored is told, however little they may use', async () => {
    const small = await startIngestApp(stores, { queryMemoryLimitBytes: 16 * 1024 * 1024 }, app.dataDir);
    try {
      const { slug } = await app.property();
      const many = Array.from({ length: 10_000 }, (_, i) => event(`user-${i}`));
      for (let round = 0; round < 4; round += 1) {
        const fresh = round === 0;
        expect(await small.post(`${slug}/events`, ndjson(many))).toMatchObject({
          status: 200,
          body: { accepted: fresh ? many.length : 0, duplicates: fresh ? 0 : many.length },
        });
      }
    } finally {
      await small.stop();
    }
  });

  it('is no limit of those who ask either where duplicates differ, or where a batch is ended', async () => {
    const small = await startIngestApp(stores, { queryMemoryLimitBytes: 4 * 1024 * 1024 }, app.dataDir);
    try {
      const { id, slug, number } = await app.property();
      const of = (page: string): object[] =>
        Array.from({ length: 20_000 }, (_, i) => event(`user-${i}`, { id: `${i}`, properties: { page } }));
      const [first, changed] = ['a', 'b'].map((letter) => of(letter.repeat(200)));
      expect(await small.post(`${slug}/events`, ndjson(first ?? []))).toMatchObject({ status: 200 });
      expect(await small.post(`${slug}/events`, ndjson(changed ?? []))).toMatchObject({
        status: 200,
        body: { accepted: 0, duplicates: 20_000, conflicting: 20_000 },
      });
      const fresh = of('c').map((one, i) => ({ ...one, id: `fresh-${i}` }));
      const ledger = small.get(IngestLedger);
      const seq = await ledger.open(id, 'events');
      ledger.underWay.begin(id, seq, [DAY]);
      await small.get(EventStore).insert(number, seq, filled(new EventBatch(plainForm()), fresh));
      const open = { propertyId: id, propertyNumber: number, seq, kind: 'events', targetSeq: null } as const;
      expect(await small.get(IngestRecovery).settle([open])).toEqual([20_000]);
    } finally {
      await small.stop();
    }
  });

  it('never says that nothing is stored where something is, in whatever form it was sent', async () => {
    const hurried = await startIngestApp(stores, { queryTimeLimitMs: 1 }, app.dataDir);
    const { slug, number } = await app.property();
    const users = await app.property();
    const forms = [
      { of: slug, path: 'events', body: JSON.stringify(items), type: 'application/json' },
      { of: slug, path: 'events?strict=true', body: JSON.stringify(items), type: 'application/json' },
      { of: slug, path: 'events', body: ndjson(items), type: 'application/x-ndjson' },
      { of: slug, path: 'events', body: csv, type: 'text/csv' },
      { of: users.slug, path: 'users', body: JSON.stringify(upserts), type: 'application/json' },
      { of: users.slug, path: 'users', body: ndjson(upserts), type: 'application/x-ndjson' },
    ];
    for (const { of, path, body, type } of forms) {
      const reported = await hurried.post<Doubt>(`${of}/${path}`, body, { 'content-type': type });
      expect(reported).toMatchObject({
        status: 503,
        body: { code: 'storing_failed', stored: { items: 0, accepted: 0 } },
      });
      expect(reported.body.detail).toMatch(/send them again/);
      const isInDoubt = reported.body.in_doubt !== undefined;
      if (isInDoubt) expect(reported.body).toMatchObject({ ingest_seq: expect.any(Number), in_doubt: USERS });
      else expect(await count(path === 'users' ? 'user_changes' : 'events', number)).toBe(0);
    }
    await hurried.stop();
    await app.get(IngestRecovery).recover();
    for (const { of, path, body, type } of forms) {
      const again = await app.post(`${of}/${path}`, body, { 'content-type': type });
      expect(again.status).toBe(200);
      expect(again.body.accepted + again.body.duplicates).toBe(USERS);
    }
    const sql = 'SELECT count() AS n FROM events FINAL WHERE property = {number:UInt32}';
    expect(await app.rows(sql, { number })).toEqual([{ n: USERS }]);
  });

  it('tells the batch in doubt when the engine dies between the insert and its verdict', async () => {
    const { slug } = await app.property();
    const events = app.get(EventStore);
    const { verdict } = events;
    events.verdict = (...args) => {
      process.kill(stores.engine.pid ?? 0, 'SIGKILL');
      return verdict.apply(events, args);
    };
    const failed = await app.post<Doubt>(`${slug}/events`, ndjson(items)).finally(() => (events.verdict = verdict));
    expect(failed).toMatchObject({
      status: 503,
      body: { code: 'engine_unavailable', ingest_seq: 1, in_doubt: USERS, stored: { items: 0 } },
    });
    await until(() => app.get(Engine).ping(), 30_000);
    expect((await app.post(`${slug}/events`, ndjson(items))).body).toMatchObject({ accepted: 0, duplicates: USERS });
  });

  it('tells the batch in doubt when the database is lost before it is closed, and all that came before', async () => {
    const { slug } = await app.property();
    const ledger = app.get(IngestLedger);
    const { closeGroup } = ledger;
    ledger.closeGroup = async (...args) => {
      ledger.closeGroup = closeGroup;
      await app
        .get(DataSource)
        .query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()')
        .catch(() => undefined);
      return await closeGroup.apply(ledger, args);
    };
    const failed = await app.post<Doubt>(`${slug}/events`, ndjson(items));
    expect(failed).toMatchObject({
      status: 503,
      body: { code: 'database_unavailable', ingest_seq: 1, in_doubt: USERS, stored: { items: 0 } },
    });
    expect((await app.post(`${slug}/events`, ndjson(items))).body).toMatchObject({ accepted: 0, duplicates: USERS });
  });
});
