import type { Type } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { IngestLedger } from '../../../src/properties/ledger/ingest-ledger.service.js';
import { IngestRecovery } from '../../../src/properties/ledger/ingest-recovery.service.js';
import { LedgerStore } from '../../../src/properties/ledger/ledger-store.js';
import { JournalEntryEntity } from '../../../src/properties/journal/journal-entry.entity.js';
import { JournalFlush } from '../../../src/properties/journal/journal-flush.service.js';
import { JournalMemories } from '../../../src/properties/journal/journal-memory.js';
import { JournalStore } from '../../../src/properties/journal/journal-store.js';
import { Engine } from '../../../src/stores/clickhouse/engine.js';
import { EventStore } from '../../../src/stores/clickhouse/event-store.js';
import { ProcessLiveness } from '../../../src/stores/postgres/process-liveness.js';
import { whileFrozen } from '../../support/frozen-engine.js';
import { until } from '../../support/until.js';
import { event, startIngestApp, startStores, type IngestApp, type Stores } from './ingest-app.js';

const DAY = Date.parse('2024-01-01') / 86_400_000;
const FIRST_USERS = { eventDays: null, registrationDays: null, newUsers: true, traits: false };

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

const entries = (propertyId: string): Promise<JournalEntryEntity[]> =>
  app.get(DataSource).manager.findBy(JournalEntryEntity, { propertyId });

/** Rows in the engine at this moment, whatever waits for it. */
async function inEngine(number: number): Promise<number> {
  const sql = 'SELECT count() AS n FROM events FINAL WHERE property = {number:UInt32}';
  const { rows } = await app.get(Engine).rows<{ n: number }>({ sql, params: { number } });
  return rows[0]?.n ?? 0;
}

describe('posts of new events', () => {
  it('are durable and visible before they are in the engine, and are there for whoever reads', async () => {
    const { id, slug, number } = await app.property();
    const ledger = app.get(IngestLedger);
    await app.post(`${slug}/events`, [event('known')]);
    await app.post(`${slug}/events`, [event('known', { time: '2024-01-02T00:00:00Z' })]);
    // The process knows the user by now: nothing is asked.
    const answer = await whileFrozen(stores.engine, () =>
      app.post(`${slug}/events`, [event('known', { time: '2024-01-03T00:00:00Z' })]),
    );
    expect(answer).toMatchObject({ status: 200, body: { ingest_seq: 3, accepted: 1, duplicates: 0 } });
    expect(await ledger.dataVersion(id)).toBe(3);
    expect(await entries(id)).not.toEqual([]);
    const found = await app.getJson<{ events: number }>(`${slug}/users/known`);
    expect(found.body).toMatchObject({ events: 3 });
    expect(await entries(id)).toEqual([]);
    expect(await inEngine(number)).toBe(3);
  });

  it('need no look into the engine where the users of the property are surveyed', async () => {
    const { id, slug } = await app.property();
    const ledger = app.get(IngestLedger);
    const users = (prefix: string): object[] => Array.from({ length: 210 }, (_, n) => event(`${prefix}${n}`));
    await app.post(`${slug}/events`, users('before'));
    // Remembers nothing of these.
    const other = await startIngestApp(stores, {}, app.dataDir);
    try {
      await other.post(`${slug}/events`, users('looked-for'));
      const memory = other.get(JournalMemories).of(id);
      await until(() => memory.span('nobody') !== undefined);
      const later = { time: '2024-02-01T00:00:00Z' };
      const withoutEngine = (sent: object) => whileFrozen(stores.engine, () => other.post(`${slug}/events`, [sent]));
      expect((await withoutEngine(event('before0', later))).body).toMatchObject({ ingest_seq: 3, accepted: 1 });
      expect(await ledger.movedSince(id, 2, FIRST_USERS)).toBe(false);
      expect((await withoutEngine(event('newcomer'))).body).toMatchObject({ ingest_seq: 4, accepted: 1 });
      expect(await ledger.movedSince(id, 3, FIRST_USERS)).toBe(true);
      const repeated = [event('before0', later), event('before1'), event('newcomer'), event('before2', later)];
      expect((await other.post(`${slug}/events`, repeated)).body).toMatchObject({ accepted: 1, duplicates: 3 });
    } finally {
      await other.stop();
    }
  });

  it('get exact verdicts from processes that take turns', async () => {
    const { slug, number } = await app.property();
    const other = await startIngestApp(stores, {}, app.dataDir);
    try {
      const seen = new Set<string>();
      for (let turn = 0; turn < 12; turn++) {
        const sent = [`u${turn % 5}`, `u${turn % 3}`, `v${turn}`];
        const fresh = sent.filter((user, at) => !seen.has(user) && sent.indexOf(user) === at).length;
        const { body } = await (turn % 2 === 0 ? app : other).post(
          `${slug}/events`,
          sent.map((user) => event(user)),
        );
        expect([turn, body.accepted]).toEqual([turn, fresh]);
        for (const user of sent) seen.add(user);
      }
      await app.rows('SELECT 1');
      expect(await inEngine(number)).toBe(seen.size);
    } finally {
      await other.stop();
    }
  });

  it('note a user as new only where it was not known, also between upserts and repetitions', async () => {
    const { id, slug } = await app.property();
    const ledger = app.get(IngestLedger);
    const isNewAfter = (seq: number): Promise<boolean> => ledger.movedSince(id, seq, FIRST_USERS);
    await app.post(`${slug}/events`, [event('a'), event('b')]);
    expect(await isNewAfter(0)).toBe(true);
    await app.post(`${slug}/users`, [{ user: 'c', traits: { n: 1 } }]);
    await app.post(`${slug}/events`, [event('a', { time: '2024-02-01T00:00:00Z' }), event('c')]);
    expect(await isNewAfter(2)).toBe(false);
    await app.post(`${slug}/events`, [event('a'), event('b')]);
    await app.post(`${slug}/events`, [event('b', { time: '2024-02-01T00:00:00Z' })]);
    expect(await isNewAfter(2)).toBe(false);
    await app.post(`${slug}/events`, [event('b', { time: '2023-12-31T00:00:00Z' })]);
    expect(await isNewAfter(2)).toBe(true);
  });
});

describe('a batch in the journal', () => {
  it('can be taken back alone, and its events sent again are new', async () => {
    const { id, slug, number } = await app.property();
    const ledger = app.get(IngestLedger);
    await app.post(`${slug}/events`, [event('a')]);
    const { body } = await app.post(`${slug}/events`, [event('b', { id: '1' }), event('c')]);
    expect((await app.delete(`${slug}/batches/${body.ingest_seq}`)).status).toBeLessThan(300);
    expect(await inEngine(number)).toBe(1);
    const again = await app.post(`${slug}/events`, [event('a'), event('b', { id: '1' })]);
    expect(again.body).toMatchObject({ accepted: 1, duplicates: 1 });
    expect(await ledger.movedSince(id, 3, FIRST_USERS)).toBe(true);
  });

  it('is forgotten with its users when it is taken back: their next event makes them known', async () => {
    const { id, slug } = await app.property();
    const { body } = await app.post(`${slug}/events`, [event('a')]);
    await app.getJson(`${slug}/users/a`);
    await app.delete(`${slug}/batches/${body.ingest_seq}`);
    const later = await app.post(`${slug}/events`, [event('a', { time: '2024-03-01T00:00:00Z' })]);
    const before = Number(later.body.ingest_seq) - 1;
    expect(await app.get(IngestLedger).movedSince(id, before, FIRST_USERS)).toBe(true);
  });

  it('stays committed where those that came with it cannot be compared', async () => {
    const { slug } = await app.property();
    await app.post(`${slug}/events`, [event('a')]);
    const ledger = app.get(IngestLedger);
    const { openGroup } = ledger;
    ledger.openGroup = () => Promise.reject(new Error('The database is away'));
    const [committed, refused] = await Promise.all([
      app.post(`${slug}/events`, [event('b')]),
      app.post(`${slug}/events`, [event('a')]),
    ]).finally(() => (ledger.openGroup = openGroup));
    expect(committed).toMatchObject({ status: 200, body: { accepted: 1 } });
    expect(refused.status).toBeGreaterThanOrEqual(500);
  });

  it('is sent by another process where its own one died over it, and an insert of that comes in no more', async () => {
    const { id, slug, number } = await app.property();
    const dead = await startIngestApp(stores, {}, app.dataDir);
    dead.get(JournalFlush).schedule = () => undefined;
    await dead.post(`${slug}/events`, [event('a'), event('b')]);
    const [taken] = await dead.get(JournalStore).take(id, deadIdOf(dead));
    expect(taken?.propertyNumber).toBe(number);
    // It has begun, and half of it is there.
    await dead.get(EventStore).insertRows({ ...(taken as NonNullable<typeof taken>) }, 'journal:late');
    await dead.stop();
    const found = await app.getJson<{ events: number }>(`${slug}/users/a`);
    expect(found.body).toMatchObject({ events: 1 });
    expect(await entries(id)).toEqual([]);
    expect(await inEngine(number)).toBe(2);
  });

  it('is sent at the next look where its process died before', async () => {
    const { id, slug, number } = await app.property();
    const dead = await startIngestApp(stores, {}, app.dataDir);
    dead.get(JournalFlush).schedule = () => undefined;
    await dead.post(`${slug}/events`, [event('a')]);
    await dead.stop();
    const { manager } = app.get(DataSource);
    await manager.update(JournalEntryEntity, { propertyId: id }, { createdAt: new Date(Date.now() - 60_000) });
    await app.get(IngestRecovery).recover();
    expect(await entries(id)).toEqual([]);
    expect(await inEngine(number)).toBe(1);
  });

  it('stays where the engine refuses it, and is sent once it takes it', async () => {
    const { id, slug, number } = await app.property();
    const events = app.get(EventStore);
    const { insertRows } = events;
    events.insertRows = () => Promise.reject(new Error('The engine is away'));
    await app.post(`${slug}/events`, [event('a')]).finally(() => undefined);
    const refused = await app.getJson(`${slug}/users/a`).finally(() => (events.insertRows = insertRows));
    expect(refused.status).toBeGreaterThanOrEqual(500);
    expect(await entries(id)).toHaveLength(1);
    expect((await app.getJson(`${slug}/users/a`)).body).toMatchObject({ events: 1 });
    expect(await inEngine(number)).toBe(1);
  });

  it('is in doubt where the answer of its statement was lost, under the number that it has if it is stored', async () => {
    const { id, slug } = await app.property();
    const store = app.get(LedgerStore);
    const { journal } = store;
    store.journal = async (...args) => {
      await journal.apply(store, args);
      throw new Error('The connection was lost');
    };
    const failed = await app
      .post<{ ingest_seq: number; in_doubt: number }>(`${slug}/events`, [event('a')])
      .finally(() => (store.journal = journal));
    expect(failed).toMatchObject({ status: 503, body: { ingest_seq: 1, in_doubt: 1 } });
    expect(await app.get(IngestLedger).dataVersion(id)).toBe(1);
    expect((await app.post(`${slug}/events`, [event('a'), event('b')])).body).toMatchObject({
      accepted: 1,
      duplicates: 1,
    });
    const eventDays = { fromDay: DAY, toDay: DAY };
    expect(await app.get(IngestLedger).movedSince(id, 0, { ...FIRST_USERS, newUsers: false, eventDays })).toBe(true);
  });
});

function deadIdOf(dead: IngestApp): string {
  return dead.get(ProcessLiveness as unknown as Type<ProcessLiveness>).id;
}
