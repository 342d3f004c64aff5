import { DataSource } from 'typeorm';
import { PropertyDeletionEntity } from '../../../src/properties/deletion/property-deletion.entity.js';
import type { PropertyDeletionDto } from '../../../src/properties/deletion/property-deletion.dto.js';
import type { PropertyDto } from '../../../src/properties/property.dto.js';
import type { PropertySchemaDto } from '../../../src/properties/schema/property-schema.dto.js';
import { NO_DATA_CHANGES } from '../../../src/properties/ledger/data-changes.js';
import { IngestLedger } from '../../../src/properties/ledger/ingest-ledger.service.js';
import { IngestRecovery } from '../../../src/properties/ledger/ingest-recovery.service.js';
import { EventStore } from '../../../src/stores/clickhouse/event-store.js';
import { OwnedRowsStore } from '../../../src/stores/clickhouse/owned-rows-store.js';
import { whileFrozen } from '../../support/frozen-engine.js';
import { until } from '../../support/until.js';
import { event, manyEvents, startIngestApp, startStores, type IngestApp, type Stores } from './ingest-app.js';
import { callHttp } from '../../support/call-http.js';

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

describe('PATCH of a property', () => {
  it('changes what is given, for who has seen the version', async () => {
    const { slug, id } = await app.property();
    const { slug: taken } = await app.property();
    const changed = await app.patch<PropertyDto>(
      slug,
      { time_zone: 'Asia/Calcutta', week_start: 'sunday' },
      { 'if-match': '"1"' },
    );
    expect(changed).toMatchObject({
      status: 200,
      etag: '"2"',
      body: { time_zone: 'Asia/Kolkata', week_start: 'sunday', slug },
    });
    expect(await app.patch(slug, { name: 'x' }, { 'if-match': '"1"' })).toMatchObject({
      status: 412,
      body: { code: 'precondition_failed' },
    });
    expect(await app.patch(slug, { slug: taken })).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(await app.patch(slug, { time_zone: 'Mars' })).toMatchObject({
      status: 422,
      body: { code: 'invalid_field' },
    });
    expect(await app.patch(slug, { slug: `${slug}-new` })).toMatchObject({ status: 200, etag: '"3"' });
    expect(await app.patch(id, { slug: `${slug}-new` })).toMatchObject({ status: 200, etag: '"3"' });
    expect((await app.getJson(slug)).status).toBe(404);
    expect((await app.getJson<PropertyDto>(`${slug}-new`)).body).toMatchObject({ id, version: 3 });
  });
});

const receipt = async (id: string): Promise<PropertyDeletionDto> => {
  const headers = { authorization: `Bearer ${app.key}` };
  return (await callHttp(app.url, 'GET', `/v1/property-deletions/${id}`, { headers })).json();
};

/** Rows that a property still has anywhere, but for its receipt. */
async function left(id: string, number: number): Promise<string[]> {
  const found: string[] = [];
  for (const { table, owner } of await app.get(OwnedRowsStore).tables()) {
    if (owner !== 'property') continue;
    const [row] = await app.rows<{ n: number }>(`SELECT count() AS n FROM ${table} WHERE property = ${number}`);
    if (row?.n !== 0) found.push(table);
  }
  const database = app.get(DataSource);
  for (const { tableName, columns } of database.entityMetadatas) {
    const isKept = ['property_deletions', 'audit_entries'].includes(tableName);
    if (isKept || !columns.some((one) => one.propertyName === 'propertyId')) continue;
    const rows: unknown[] = await database.query(`SELECT 1 FROM ${tableName} WHERE property_id = $1 LIMIT 1`, [id]);
    if (rows.length > 0) found.push(tableName);
  }
  return found;
}

describe('DELETE of a property', () => {
  it('asks for force, then takes all that it owns, and nothing of another', async () => {
    const [mine, other] = [await app.property(), await app.property()];
    for (const { slug } of [mine, other]) {
      await app.post(`${slug}/events`, [event('a'), event('b'), event('b')]);
      await app.post(`${slug}/users`, [{ user: 'c', traits: { country: 'US' } }]);
    }
    const { id, slug, number } = mine;
    const refused = await app.delete<{ code: string; owns: object }>(slug);
    expect(refused).toMatchObject({ status: 409, body: { code: 'property_not_empty', owns: { batches: 2 } } });
    const begun = await app.delete<PropertyDeletionDto>(`${slug}?force=true`);
    expect(begun).toMatchObject({ status: 202, body: { slug, property: id, progress: { total: 4 } } });
    expect([(await app.getJson(slug)).status, (await app.getJson(id)).status]).toEqual([404, 404]);
    expect(await app.patch(other.slug, { slug })).toMatchObject({ status: 200 });
    await until(async () => (await receipt(begun.body.id)).status === 'succeeded', 30_000);
    expect(await receipt(begun.body.id)).toMatchObject({
      counts: { events: 2, batches: 2 },
      progress: { step: 'done', done: 4 },
      finished_at: expect.any(String),
    });
    expect(await left(id, number)).toEqual([]);
    expect((await app.getJson<{ events: number }>(`${slug}/users/b`)).body.events).toBe(1);
  });

  it('goes on when its process has died, and lets nothing more come in', async () => {
    const { id, slug, number } = await app.property();
    await app.post(`${slug}/events`, [event('a')]);
    // In the engine before it is frozen.
    await app.rows('SELECT 1');
    const { manager } = app.get(DataSource);
    const deletion = await whileFrozen(stores.engine, async () => {
      const begun = (await app.delete<PropertyDeletionDto>(`${slug}?force=true`)).body.id;
      expect((await app.post(`${slug}/events`, [event('b')])).status).toBe(404);
      await until(async () => (await receipt(begun)).progress.step === 'counting');
      expect(await receipt(begun)).toMatchObject({ status: 'running', progress: { done: 1 } });
      // As a later attempt leaves it whose process dies; the first one is still at its count.
      const half = { step: 'engine', counts: { events: 1 }, attempt: 2, leasedUntil: new Date(0) } as const;
      await manager.update(PropertyDeletionEntity, { id: begun }, half);
      return begun;
    });
    await until(async () => (await receipt(deletion)).status === 'succeeded', 30_000);
    expect(await receipt(deletion)).toMatchObject({ counts: { events: 1, batches: 1 }, progress: { step: 'done' } });
    expect(await manager.findOneBy(PropertyDeletionEntity, { id: deletion })).toMatchObject({ attempt: 3 });
    expect(await left(id, number)).toEqual([]);
  });

  it('ends where an insert of events fails meanwhile', async () => {
    const { id, slug, number } = await app.property();
    const events = app.get(EventStore);
    const { insert } = events;
    let deletion = '';
    events.insert = async (...args) => {
      await insert.apply(events, args);
      deletion = (await app.delete<PropertyDeletionDto>(`${slug}?force=true`)).body.id;
      throw new Error('The answer of the insert was lost');
    };
    const failed = await app.post(`${slug}/events`, manyEvents()).finally(() => (events.insert = insert));
    expect(failed.status).toBeGreaterThanOrEqual(400);
    await until(async () => (await receipt(deletion)).status === 'succeeded', 30_000);
    expect(await left(id, number)).toEqual([]);
  });

  it('ends where a batch of it was left open before', async () => {
    const { id, slug, number } = await app.property();
    await app.get(IngestLedger).open(id, 'events');
    const { body: begun } = await app.delete<PropertyDeletionDto>(`${slug}?force=true`);
    await app.get(IngestRecovery).recover();
    await app.get(IngestRecovery).recover();
    await until(async () => (await receipt(begun.id)).status === 'succeeded', 30_000);
    expect(await left(id, number)).toEqual([]);
  });
});

describe('numbers that wait for the deletion of a batch', () => {
  it('are let go where they cannot be closed, and the caller is told why they cannot wait', async () => {
    const { id, slug } = await app.property();
    await app.post(`${slug}/events`, [event('a')]);
    const ledger = app.get(IngestLedger);
    const taking = (await ledger.openDeletion(id, 1, null)) ?? 0;
    const nobody = { apiKeyId: null, streamSeq: null };
    const { close } = ledger;
    ledger.close = () => Promise.reject(new Error('The database is away'));
    const opening = ledger.openGroup(id, 'events', [nobody, nobody]).catch((error: unknown) => error);
    await until(() => ledger.isHeld(id, taking + 2));
    const { body: begun } = await app.delete<PropertyDeletionDto>(`${slug}?force=true`);
    const refused = await opening.finally(() => (ledger.close = close));
    expect(refused).toMatchObject({ code: 'not_found' });
    expect([taking + 1, taking + 2].map((seq) => ledger.isHeld(id, seq))).toEqual([false, false]);
    await ledger.close(id, taking, NO_DATA_CHANGES);
    await until(async () => (await receipt(begun.id)).status === 'succeeded', 30_000);
  });
});

describe('the schema of a property', () => {
  it('tells names, types, counts, spans and examples, of what counts', async () => {
    const { slug } = await app.property();
    const at = (day: number) => `2024-01-0${day}T00:00:00.000Z`;
    await app.post(`${slug}/events`, [
      event('a', { id: '1', event: 'buy', time: at(3), properties: { price: 9, item: 'x'.repeat(50), gift: true } }),
      event('b', { id: '1', event: 'buy', time: at(2), properties: { price: 'free' } }),
      event('b', { id: '1', event: 'buy', time: at(2), properties: { price: 7 } }),
    ]);
    await app.post(`${slug}/events`, [
      event('a', { id: '1', event: 'buy', time: at(3), properties: { other: 1 } }),
      event('a', { event: 'visit', time: at(5) }),
    ]);
    await app.post(`${slug}/users`, [{ user: 'a', traits: { country: 'US', gone: null } }]);
    const schema = (await app.getJson<PropertySchemaDto>(`${slug}/schema`)).body;
    const span = { first_seen: at(3), last_seen: at(3) };
    expect(schema).toMatchObject({ data_version: 3, complete: true });
    expect(schema.events).toEqual([
      {
        name: 'buy',
        count: 2,
        first_seen: at(2),
        last_seen: at(3),
        properties: [
          { name: 'gift', types: [{ type: 'boolean', count: 1, ...span, examples: [true] }] },
          { name: 'item', types: [{ type: 'text', count: 1, ...span, examples: [`${'x'.repeat(40)}…`] }] },
          {
            name: 'price',
            types: [
              { type: 'number', count: 1, ...span, examples: [9] },
              { type: 'text', count: 1, first_seen: at(2), last_seen: at(2), examples: ['free'] },
            ],
          },
        ],
      },
      { name: 'visit', count: 1, first_seen: at(5), last_seen: at(5), properties: [] },
    ]);
    expect(schema.traits).toMatchObject([{ name: 'country', types: [{ type: 'text', count: 1, examples: ['US'] }] }]);
    expect((await app.getJson<{ columns: object }>(`${slug}/batches/1`)).body.columns).toEqual([
      { name: 'gift', types: ['boolean'] },
      { name: 'item', types: ['text'] },
      { name: 'price', types: ['number', 'text'] },
    ]);
    await app.delete(`${slug}/batches/1`);
    const after = (await app.getJson<PropertySchemaDto>(`${slug}/schema`)).body;
    expect(after.events.map(({ name, count }) => [name, count])).toEqual([['visit', 1]]);
  });
});
