import type { DayRange, Reads } from '../../../src/core/request/freshness.js';
import { IngestLedger } from '../../../src/properties/ledger/ingest-ledger.service.js';
import { event, startIngestApp, startStores, type IngestApp, type Stores } from './ingest-app.js';

const NOTHING: Reads = { eventDays: null, registrationDays: null, newUsers: false, traits: false };
const dayOf = (date: string) => Date.parse(date) / 86_400_000;
const days = (from: string | null, to: string | null): DayRange => ({
  fromDay: from === null ? null : dayOf(from),
  toDay: to === null ? null : dayOf(to),
});
const at = (user: string, time: string) => ({ user, event: 'e', time });

const eventsOn = (from: string | null, to: string | null): Reads => ({ ...NOTHING, eventDays: days(from, to) });
const registeredOn = (from: string | null, to: string | null): Reads => ({
  ...NOTHING,
  registrationDays: days(from, to),
});
const NEW_USERS: Reads = { ...NOTHING, newUsers: true };
const TRAITS: Reads = { ...NOTHING, traits: true };

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

/** A property with some data, and what a later body moves in it. */
async function afterwards(
  kind: 'events' | 'users',
  items: readonly object[],
): Promise<(reads: Reads) => Promise<boolean>> {
  const { id, slug } = await app.property();
  await app.post(`${slug}/users`, [
    { user: 'r', registered_at: '2024-01-10T12:00:00Z', traits: { a: 1 } },
    { user: 'n' },
  ]);
  await app.post(`${slug}/events`, [at('a', '2024-01-05T00:00:00Z'), at('r', '2024-01-05T00:00:00Z')]);
  const { body } = await app.post(`${slug}/${kind}`, items);
  return (reads) => ledger.movedSince(id, body.ingest_seq - 1, reads);
}

describe('movedSince', () => {
  it('sees an event on the days that are read, and only there', async () => {
    const moved = await afterwards('events', [at('a', '2024-01-07T23:59:59.999Z')]);
    const found = await Promise.all([
      moved(eventsOn('2024-01-07', '2024-01-07')),
      moved(eventsOn(null, '2024-01-07')),
      moved(eventsOn('2024-01-07', null)),
      moved(eventsOn(null, null)),
      moved(eventsOn('2024-01-08', null)),
      moved(eventsOn(null, '2024-01-06')),
      moved(registeredOn(null, null)),
      moved(NEW_USERS),
      moved(NOTHING),
    ]);
    expect(found).toEqual([true, true, true, true, false, false, false, false, false]);
  });

  it('sees nothing in a body of duplicates and rejected items', async () => {
    const moved = await afterwards('events', [at('a', '2024-01-05T00:00:00Z'), { user: 'z' }]);
    expect([await moved(eventsOn(null, null)), await moved(NEW_USERS)]).toEqual([false, false]);
  });

  it('sees a user id that events name for the first time', async () => {
    const moved = await afterwards('events', [at('z', '2024-01-07T00:00:00Z')]);
    expect([await moved(NEW_USERS), await moved(registeredOn(null, null))]).toEqual([true, false]);
  });

  it('does not take an upserted user for a new one', async () => {
    const moved = await afterwards('events', [at('n', '2024-01-07T00:00:00Z')]);
    expect(await moved(NEW_USERS)).toBe(false);
  });

  it('sees a user id that is upserted for the first time, known by later events or not', async () => {
    for (const user of ['z', 'a']) {
      const moved = await afterwards('users', [{ user }]);
      expect([
        await moved(NEW_USERS),
        await moved(eventsOn(null, null)),
        await moved(registeredOn(null, null)),
      ]).toEqual([true, false, false]);
    }
  });

  it('sees a changed registration where it was and where it is', async () => {
    const moved = await afterwards('users', [{ user: 'r', registered_at: '2024-03-01T00:00:00Z' }]);
    const found = await Promise.all([
      moved(registeredOn('2024-01-10', '2024-01-10')),
      moved(registeredOn('2024-03-01', null)),
      moved(registeredOn('2024-01-11', '2024-02-29')),
      moved(registeredOn(null, '2024-01-09')),
      moved(NEW_USERS),
    ]);
    expect(found).toEqual([true, true, false, false, false]);
  });

  it.each([
    ['comes to a user without one', { user: 'n', registered_at: '2024-03-01T00:00:00Z' }],
    ['goes', { user: 'r', registered_at: null }],
  ])('sees a registration that %s wherever it is read', async (_, upsert) => {
    const moved = await afterwards('users', [upsert]);
    expect([
      await moved(registeredOn('2024-06-01', '2024-06-02')),
      await moved(eventsOn(null, null)),
      await moved(NEW_USERS),
    ]).toEqual([true, false, false]);
  });

  it.each([
    ['the same registration', { user: 'r', registered_at: '2024-01-10T13:00:00+01:00' }],
    ['no registration for a user without one', { user: 'n', registered_at: null }],
    ['a trait', { user: 'r', traits: { a: 2 } }],
    ['a change and back', { user: 'r', registered_at: '2024-01-10T12:00:00Z' }],
  ])('sees no registration in %s', async (what, upsert) => {
    const before = what === 'a change and back' ? [{ user: 'r', registered_at: '2020-01-01T00:00:00Z' }] : [];
    const moved = await afterwards('users', [...before, upsert]);
    expect([await moved(registeredOn(null, null)), await moved(NEW_USERS)]).toEqual([false, false]);
  });

  it.each([
    ['changes', { user: 'r', traits: { a: 2 } }, true],
    ['changes its type', { user: 'r', traits: { a: '1' } }, true],
    ['comes', { user: 'n', traits: { b: 'x' } }, true],
    ['goes', { user: 'r', traits: { a: null } }, true],
    ['stays', { user: 'r', traits: { a: 1 }, registered_at: '2020-01-01T00:00:00Z' }, false],
    ['is not mentioned', { user: 'r' }, false],
    ['is taken from one who has none', { user: 'n', traits: { a: null } }, false],
  ])('sees a trait that %s', async (_, upsert, expected) => {
    const moved = await afterwards('users', [upsert]);
    expect([await moved(TRAITS), await moved(NEW_USERS)]).toEqual([expected, false]);
  });

  it('sees no trait in events', async () => {
    const moved = await afterwards('events', [at('a', '2024-01-07T00:00:00Z')]);
    expect(await moved(TRAITS)).toBe(false);
  });

  it('keeps the last number of each day', async () => {
    const { id, slug } = await app.property();
    for (let i = 0; i < 3; i++) await app.post(`${slug}/events`, [event(`u${i}`)]);
    const on = eventsOn('2024-01-01', '2024-01-01');
    expect(await Promise.all([0, 1, 2, 3].map((seq) => ledger.movedSince(id, seq, on)))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});
