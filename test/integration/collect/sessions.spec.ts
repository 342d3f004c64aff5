import { DataSource } from 'typeorm';
import { CollectNotes } from '../../../src/collect/collect-notes.js';
import { Sessions, type SessionSeeker } from '../../../src/collect/sessions.service.js';
import { CountedOnce } from '../../../src/collect/counted-once.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';
import { event, makeSite } from './collect-world.js';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 5, 1, 12);

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

/** The minute after noon at which the only session that is noted of a property was seen last; null: none is noted. */
async function notedMinute(propertyId: string): Promise<number | null> {
  const rows: { at: number }[] = await app
    .get(DataSource)
    .query(`SELECT (value->>'lastMs')::float8 AS at FROM collect_notes WHERE property_id = $1`, [propertyId]);
  return rows.length === 1 ? (rows[0]!.at - NOON) / MINUTE : null;
}

describe('sessions of the server', () => {
  const seeker = (minute: number): SessionSeeker => ({
    visitor: 'v',
    session: null,
    atMs: NOON + minute * MINUTE,
    touch: {},
  });
  /** Minutes by their sessions, event by event. */
  async function sessionsOf(process: Sessions, property: string, minutes: readonly number[]): Promise<string[]> {
    const found: string[] = [];
    for (const minute of minutes) for (const { id } of await process.of(property, [seeker(minute)])) found.push(id);
    return found;
  }

  it('go on after an event of before them', async () => {
    const ids = await sessionsOf(new Sessions(app.get(CollectNotes)), 'late', [0, 5, -120, 6]);
    expect([ids[1], ids[3]]).toEqual([ids[0], ids[0]]);
    expect(ids[2]).not.toBe(ids[0]);
    await until(async () => (await notedMinute('late')) !== null);
    // Late ones of one body are together.
    const [first, second, third] = await new Sessions(app.get(CollectNotes)).of('late', [-120, -115, 7].map(seeker));
    expect(second).toEqual(first);
    expect(third?.id).toBe(ids[0]);
  });

  it('go on where another process has seen the last events', async () => {
    const [one, other] = [new Sessions(app.get(CollectNotes)), new Sessions(app.get(CollectNotes))];
    const noted = (minute: number) => async () => (await notedMinute('processes')) === minute;
    const [first = ''] = await sessionsOf(one, 'processes', [0]);
    await until(noted(0));
    expect(await sessionsOf(other, 'processes', [20, 40])).toEqual([first, first]);
    await until(noted(40));
    expect(await sessionsOf(one, 'processes', [50])).toEqual([first]);
    await until(noted(50));
    // What is known late moves nothing back.
    expect(await sessionsOf(other, 'processes', [45])).toEqual([first]);
    expect(await noted(50)()).toBe(true);
  });

  it('are not moved by an event that is refused', async () => {
    const site = await makeSite(app, 'future');
    await site.configure({ visitor_ids: 'daily' });
    const answer = await site.taken([event('x', { time: '9999-01-01T00:00:00Z' }), event('y')]);
    expect(answer).toMatchObject({ accepted: 1, rejected: 1 });
    const notes: { value: { lastMs: number } }[] = await app
      .get(DataSource)
      .query(`SELECT value FROM collect_notes WHERE property_id = $1 AND kind = 'session'`, [site.id]);
    for (const { value } of notes) expect(value.lastMs).toBeLessThanOrEqual(Date.now());
  });
});

describe('what counts once', () => {
  const order = (agoMs: number): object => event('$order', { properties: { order: 'A', value: 1 } }, agoMs);

  it('has not counted where it was never stored', async () => {
    const site = await makeSite(app, 'lost');
    // As far as a body comes that fails then.
    const [item, atMs] = [order(50) as Record<string, unknown>, Date.now() - 50];
    const sent = { item, name: '$order', atMs, user: null, visitor: 'v-1', session: 's-1', tab: null, shiftMs: 0 };
    await app.get(CountedOnce).verdicts(site.id, [{ sent, session: 's-1' }], Date.now());
    expect(await site.taken([order(40)])).toMatchObject({ accepted: 0, duplicates: 1 });
    await app.get(DataSource).query('UPDATE collect_notes SET ends_at = now() WHERE property_id = $1', [site.id]);
    expect(await site.taken([order(30)])).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(await site.taken([order(20)])).toMatchObject({ accepted: 0, duplicates: 1 });
    const [note]: { ends_at: Date | null }[] = await app
      .get(DataSource)
      .query(`SELECT ends_at FROM collect_notes WHERE property_id = $1 AND kind = 'once'`, [site.id]);
    expect(note?.ends_at).toBeNull();
  });

  it('are items of an order by their place, whatever their ids', async () => {
    const site = await makeSite(app, 'items');
    const item = (place: number, agoMs: number): object =>
      event('$order_item', { properties: { order: 'A', product: 'p', $position: place } }, agoMs);
    expect(await site.taken([item(0, 50), item(1, 49)])).toMatchObject({ accepted: 2 });
    expect(await site.taken([item(0, 20), item(1, 19)])).toMatchObject({ accepted: 0, duplicates: 2 });
  });
});
