import fc from 'fast-check';
import type { BatchDto } from '../../../src/properties/batches/batch.dto.js';
import type { PropertySchemaDto } from '../../../src/properties/schema/property-schema.dto.js';
import { IngestLedger } from '../../../src/properties/ledger/ingest-ledger.service.js';
import { IngestRecovery } from '../../../src/properties/ledger/ingest-recovery.service.js';
import { Engine } from '../../../src/stores/clickhouse/engine.js';
import { EventBatch } from '../../../src/stores/clickhouse/event-batch.js';
import { EventStore } from '../../../src/stores/clickhouse/event-store.js';
import type { UserDto } from '../../../src/users/user.dto.js';
import { BatchModel, steps } from '../../support/batch-model.js';
import { plainForm } from '../../support/item-form.js';
import { event, ndjson, startIngestApp, startStores, type IngestApp, type Stores } from './ingest-app.js';

const RUNS = Number(process.env['NUM_RUNS'] ?? 8);
const DAY = Date.parse('2024-01-01') / 86_400_000;

let stores: Stores;
let app: IngestApp;
beforeAll(async () => {
  stores = await startStores();
  app = await startIngestApp(stores);
});
afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

const merge = () => app.get(Engine).execute({ sql: 'OPTIMIZE TABLE events FINAL', params: {} });
const batch = async (slug: string, seq: number) => (await app.getJson<BatchDto>(`${slug}/batches/${seq}`)).body;

async function stored(property: number): Promise<string[]> {
  const rows = await app.rows<{ key: string }>(
    `SELECT concat(user_id, ' ', client_id, ' ', toString(number['n']), ' ', toString(seq)) AS key
     FROM events FINAL WHERE property = {property:UInt32}`,
    { property },
  );
  return rows.map(({ key }) => key).toSorted();
}

/** Counts by name; of the event "e" and its only property. */
function schemaOf({ events, traits }: PropertySchemaDto): object {
  const counts = [
    events.map(({ count }) => count),
    events.map(({ properties }) => properties[0]?.types[0]?.count ?? 0),
  ];
  return { counts, countries: traits.map(({ types }) => types[0]?.count) };
}

describe('batches that are taken back', () => {
  it('leave what a naive model says, whatever has been sent, repeated, merged and taken back', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const { slug, number } = await app.property();
        const model = new BatchModel();
        for (const step of plan) {
          if (step.kind === 'merge') await merge();
          if (step.kind === 'events') {
            const items = step.items.map(({ user, id, n }) => event(user, { ...(id && { id }), properties: { n } }));
            const { body } = await app.post(`${slug}/events`, items);
            const { accepted, duplicates, conflicts } = model.send(body.ingest_seq, step.items);
            const reported = { accepted, duplicates, conflicting: conflicts.length };
            expect(body).toMatchObject({ ...reported, conflicting_indexes: conflicts, stream: body.ingest_seq });
            expect(await batch(slug, body.ingest_seq)).toMatchObject({ ...reported, kind: 'events', state: 'stored' });
          }
          if (step.kind === 'users') {
            const items = step.items.map(({ user, country }) => ({ user, traits: { country } }));
            const { body } = await app.post(`${slug}/users`, items);
            model.upsert(body.ingest_seq, step.items);
          }
          if (step.kind === 'delete' && model.batches.length > 0) {
            const seq = model.batches[step.which % model.batches.length] ?? 0;
            const { body } = await app.delete<BatchDto>(`${slug}/batches/${seq}`);
            expect(body).toMatchObject({ seq, state: 'deleted', deleted_at: expect.any(String) });
            model.takeBack(seq);
            expect(await stored(number)).toEqual(model.stored());
          }
        }
        await merge();
        expect(await stored(number)).toEqual(model.stored());
        expect(schemaOf((await app.getJson<PropertySchemaDto>(`${slug}/schema`)).body)).toEqual(model.schema());
        for (const user of ['a', 'b', 'c']) {
          const { status, body } = await app.getJson<UserDto>(`${slug}/users/${user}`);
          const found = status === 404 ? null : { events: body.events, traits: body.traits };
          expect(found).toEqual(model.user(user));
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('free the identities of large batches, and what was dropped as their duplicate does not come back', async () => {
    const { slug, number } = await app.property();
    const many = (n: number) =>
      Array.from({ length: 3000 }, (_, i) => event(`u${i % 500}`, { id: `i${i}`, properties: { n } }));
    const post = async (n: number) => (await app.post(`${slug}/events`, ndjson(many(n)))).body;
    const count = async () => (await stored(number)).length;
    expect(await post(1)).toMatchObject({ accepted: 3000, conflicting: 0 });
    const again = await post(2);
    expect(again).toMatchObject({ accepted: 0, duplicates: 3000, conflicting: 3000 });
    expect(again.conflicting_indexes).toEqual(Array.from({ length: 100 }, (_, i) => i));
    await app.delete(`${slug}/batches/2`);
    expect(await count()).toBe(3000);
    await app.delete(`${slug}/batches/1`);
    expect(await count()).toBe(0);
    expect(await post(3)).toMatchObject({ accepted: 3000, duplicates: 0 });
    await merge();
    expect((await stored(number)).every((key) => key.includes(' 3 '))).toBe(true);
  });

  it('take a number of their own, once, and tell what they moved', async () => {
    const { id, slug } = await app.property();
    const ledger = app.get(IngestLedger);
    await app.post(`${slug}/events`, [event('a'), event('b', { time: '2024-01-03T00:00:00Z' })]);
    await app.post(`${slug}/events`, [event('c', { time: '2024-01-02T00:00:00Z' })]);
    const deleted = await Promise.all([1, 2, 3].map(() => app.delete<BatchDto>(`${slug}/batches/1`)));
    for (const { status, body } of deleted) {
      expect([status, body.state, body.deleted_by, body.accepted]).toEqual([200, 'deleted', 3, 2]);
    }
    expect(await ledger.dataVersion(id)).toBe(3);
    expect(await batch(slug, 3)).toMatchObject({ kind: 'deletion', deletes: 1, state: 'stored' });
    const onDay = (day: number) => ({
      eventDays: { fromDay: day, toDay: day },
      registrationDays: null,
      newUsers: false,
      traits: false,
    });
    const moves = await Promise.all([DAY, DAY + 1, DAY + 2, DAY + 3].map((day) => ledger.moves(id, 2, onDay(day))));
    expect(moves).toEqual([['events', 'batches'], [], ['events', 'batches'], []]);
    expect(await ledger.moves(id, 3, onDay(DAY))).toEqual([]);
    const list = await app.getJson<{ data: BatchDto[] }>(`${slug}/batches`);
    expect(list.body.data.map(({ seq }) => seq)).toEqual([3, 2, 1]);
  });

  it('refuse what cannot be taken back', async () => {
    const { id, slug } = await app.property();
    await app.post(`${slug}/events`, [event('a')]);
    await app.delete(`${slug}/batches/1`);
    const open = await app.get(IngestLedger).open(id, 'events');
    const codes = await Promise.all(
      [2, open, 99, 'x', '01'].map(async (seq) => {
        const { status, body } = await app.delete<{ code: string }>(`${slug}/batches/${seq}`);
        return [status, body.code];
      }),
    );
    const none = [404, 'not_found'];
    expect(codes).toEqual([[409, 'batch_is_deletion'], [409, 'batch_open'], none, none, none]);
    expect(await batch(slug, open)).toMatchObject({ state: 'open', kind: 'events', stream: open });
  });

  it('are found by the stream that they were cut from', async () => {
    const { slug, number } = await app.property();
    // Rows of 28 MiB make a batch.
    const text = 'x'.repeat(14_000);
    const { body } = await app.post(
      `${slug}/events`,
      ndjson(Array.from({ length: 2200 }, (_, i) => event(`u${i}`, { properties: { text } }))),
    );
    expect(body.ingest_seq).toBeGreaterThan(1);
    const { data } = (await app.getJson<{ data: BatchDto[] }>(`${slug}/batches?stream=${body.stream}`)).body;
    expect(data.map(({ seq }) => seq)).toEqual(Array.from({ length: body.ingest_seq }, (_, i) => body.ingest_seq - i));
    expect(data.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(2200);
    for (const { seq } of data) await app.delete(`${slug}/batches/${seq}`);
    expect(await stored(number)).toEqual([]);
  });
});

describe('a deletion under way', () => {
  it('is ended by another process when its own is dead, and new data wait for it', async () => {
    const { id, slug, number } = await app.property();
    const items = [event('a', { id: 'i', properties: { n: 1 } }), event('b', { id: 'i', properties: { n: 1 } })];
    await app.post(`${slug}/events`, items);
    await app.post(`${slug}/events`, items);
    const dead = await startIngestApp(stores, {}, app.dataDir);
    const seq = await dead.get(IngestLedger).openDeletion(id, 1, null);
    expect(seq).toBe(3);
    // It has got as far as the rows of the batch itself, but for one of them.
    const engine = dead.get(Engine);
    await engine.execute({ sql: `DELETE FROM events WHERE property = ${number} AND seq = 2`, params: {} });
    await dead.get(IngestLedger).touch(id, 3, await touchesOf(dead, number));
    await engine.execute({
      sql: `DELETE FROM events WHERE property = ${number} AND seq = 1 AND user_id = 'a'`,
      params: {},
    });
    expect(await batch(slug, 1)).toMatchObject({ state: 'deleting', deleted_at: null });
    const sent = app.post(`${slug}/events`, items);
    expect(await app.get(IngestLedger).isWhole(id, 2)).toBe(false);
    await dead.stop();
    await app.get(IngestRecovery).recover();
    expect((await sent).body).toMatchObject({ ingest_seq: 4, accepted: 2, duplicates: 0 });
    expect(await stored(number)).toEqual(['a i 1 4', 'b i 1 4']);
    expect(await batch(slug, 1)).toMatchObject({ state: 'deleted', deleted_by: 3 });
    expect(await app.get(IngestLedger).moves(id, 2, READS_ALL)).toEqual(['events', 'users', 'batches']);
  });

  it('is tried again when the engine fails in the middle', async () => {
    const { slug, number } = await app.property();
    await app.post(`${slug}/events`, [event('a')]);
    const store = app.get(EventStore);
    const { takeBack } = store;
    let failures = 0;
    store.takeBack = (...args) => {
      if (failures++ === 0) return Promise.reject(new Error('the engine is away'));
      return takeBack.apply(store, args);
    };
    try {
      expect((await app.delete(`${slug}/batches/1`)).status).toBe(500);
    } finally {
      store.takeBack = takeBack;
    }
    expect(await batch(slug, 1)).toMatchObject({ state: 'deleted' });
    expect(await stored(number)).toEqual([]);
  });

  it('makes what was read meanwhile be read again', async () => {
    const { id, slug } = await app.property();
    await app.post(`${slug}/events`, [event('a')]);
    const seen: number[] = [];
    await app.get(IngestLedger).readWhole(id, async (dataVersion) => {
      seen.push(dataVersion);
      if (seen.length === 1) await app.delete(`${slug}/batches/1`);
    });
    expect(seen).toEqual([1, 2]);
  });
});

const READS_ALL = {
  eventDays: { fromDay: null, toDay: null },
  registrationDays: null,
  newUsers: true,
  traits: false,
};

async function touchesOf(of: IngestApp, property: number) {
  const { eventDays, newUsers } = await of.get(EventStore).stored(property, 1);
  return { eventDays, newUsers, registrationDays: [], registrationNone: false, traits: false };
}

describe('EventStore.conflicts', () => {
  it('is the same when a merge has already taken the duplicates away', async () => {
    const store = app.get(EventStore);
    const { number } = await app.property();
    const filled = (n: number) => {
      const rows = new EventBatch(plainForm());
      for (const [position, user] of ['a', 'b', 'c'].entries()) {
        const bytes = Buffer.from(JSON.stringify(event(user, { id: 'i', properties: { n: user === 'b' ? 1 : n } })));
        expect(rows.add(bytes, 0, bytes.length, position)).toBe(true);
      }
      return rows;
    };
    await store.insert(number, 1, filled(1));
    const again = filled(2);
    await store.insert(number, 2, again);
    await merge();
    expect(await store.conflicts(number, 2, again)).toEqual({ count: 2, positions: [0, 2] });
    expect(await app.rows('SELECT count() AS n FROM staged_events')).toEqual([{ n: 0 }]);
  });
});
