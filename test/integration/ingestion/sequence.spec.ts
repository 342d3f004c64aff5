import { setTimeout as sleep } from 'node:timers/promises';
import { IngestLedger } from '../../../src/properties/ledger/ingest-ledger.service.js';
import { NO_DATA_CHANGES } from '../../../src/properties/ledger/data-changes.js';
import { event, startIngestApp, startStores, type IngestApp, type Stores } from './ingest-app.js';

let stores: Stores;
let app: IngestApp;
let ledger: IngestLedger;
beforeAll(async () => {
  stores = await startStores();
  app = await startIngestApp(stores);
  ledger = app.get(IngestLedger);
});
afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

const isDone = async (work: Promise<unknown>) => Promise.race([work.then(() => true), sleep(150).then(() => false)]);

describe('the ingest sequence', () => {
  it('counts events and users of a property together, from 1, and shows in the data version', async () => {
    const property = await app.property();
    expect(await ledger.dataVersion(property.id)).toBe(0);
    expect((await app.post(`${property.slug}/events`, [event('a')])).body.ingest_seq).toBe(1);
    expect((await app.post(`${property.slug}/users`, [{ user: 'a' }])).body.ingest_seq).toBe(2);
    expect((await app.post(`${property.slug}/events`, [event('a')])).body.ingest_seq).toBe(3);
    expect(await ledger.dataVersion(property.id)).toBe(3);
  });

  it('has every answered batch in the data version, with all below it, under concurrent ingestion', async () => {
    const { id, slug, number } = await app.property();
    let answered = 0;
    await Promise.all(
      Array.from({ length: 24 }, async (_, i) => {
        const kind = i % 4 === 0 ? 'users' : 'events';
        const { body } = await app.post(`${slug}/${kind}`, kind === 'users' ? [{ user: `u${i}` }] : [event(`u${i}`)]);
        answered++;
        expect(await ledger.dataVersion(id)).toBeGreaterThanOrEqual(body.ingest_seq);
        const table = kind === 'users' ? 'user_changes' : 'events';
        const seen = await app.rows(
          `SELECT 1 FROM ${table} WHERE property = {number:UInt32} AND user_id = {user:String} AND seq = {seq:UInt64}`,
          { number, user: `u${i}`, seq: body.ingest_seq },
        );
        expect(seen).toHaveLength(1);
      }),
    );
    expect([answered, await ledger.dataVersion(id)]).toEqual([24, 24]);
  });

  it('does not pass an open number, whatever closes above it', async () => {
    const { id } = await app.property();
    const [first, second] = [await ledger.open(id, 'events'), await ledger.open(id, 'users')];
    const visible = ledger.waitVisible(id, second);
    expect(await ledger.close(id, second, NO_DATA_CHANGES)).toEqual({ wasOpen: true, dataVersion: first - 1 });
    expect([await ledger.dataVersion(id), await isDone(visible)]).toEqual([first - 1, false]);
    expect(await ledger.close(id, first, NO_DATA_CHANGES)).toEqual({ wasOpen: true, dataVersion: second });
    expect([await ledger.dataVersion(id), await isDone(visible)]).toEqual([second, true]);
    expect(await ledger.close(id, first, NO_DATA_CHANGES)).toEqual({ wasOpen: false, dataVersion: second });
  });

  it('says so when an earlier number stays open for too long', async () => {
    const { id } = await app.property();
    await ledger.open(id, 'events');
    const second = await ledger.open(id, 'events');
    await expect(ledger.waitVisible(id, second, 50)).rejects.toMatchObject({ code: 'engine_unavailable' });
  });

  it('gives every number once, with a gap never', async () => {
    const { id } = await app.property();
    const numbers = await Promise.all(Array.from({ length: 40 }, () => ledger.open(id, 'events')));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(await ledger.dataVersion(id)).toBe(0);
  });

  it('is one for all processes', async () => {
    const other = await startIngestApp(stores, {}, app.dataDir);
    try {
      const { id, slug } = await app.property();
      const first = await other.get(IngestLedger).open(id, 'events');
      const answer = app.post(`${slug}/events`, [event('a')]);
      expect(await isDone(answer)).toBe(false);
      await other.get(IngestLedger).close(id, first, NO_DATA_CHANGES);
      expect((await answer).body).toMatchObject({ ingest_seq: first + 1, accepted: 1 });
    } finally {
      await other.stop();
    }
  });

  it('counts what two processes are sent at once exactly', async () => {
    const other = await startIngestApp(stores, {}, app.dataDir);
    try {
      const { slug } = await app.property();
      const items = Array.from({ length: 20 }, (_, i) => event(`u${i}`));
      const answers = await Promise.all([app, other, app, other].map((each) => each.post(`${slug}/events`, items)));
      expect(answers.reduce((sum, { body }) => sum + body.accepted, 0)).toBe(20);
    } finally {
      await other.stop();
    }
  });
});
