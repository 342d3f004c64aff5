import type { UserDto } from '../../../src/users/user.dto.js';
import { event, ndjson, startIngestApp, startStores, type IngestApp, type Stores } from './ingest-app.js';

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

describe('POST users and GET users/{id}', () => {
  it('folds upserts key by key: the last wins, absent changes nothing, null removes', async () => {
    const { slug } = await app.property();
    const show = async () => (await app.getJson<UserDto>(`${slug}/users/u`)).body;
    await app.post(`${slug}/users`, [
      { user: 'u', registered_at: '2024-01-01T01:00:00+01:00', traits: { country: 'US', age: 7, ok: true } },
    ]);
    expect(await show()).toEqual({
      user: 'u',
      registered_at: '2024-01-01T00:00:00.000Z',
      traits: { country: 'US', age: 7, ok: true },
      events: 0,
      first_event_at: null,
      last_event_at: null,
    });
    await app.post(`${slug}/users`, [
      { user: 'u', traits: { age: '7', ok: null } },
      { user: 'u', traits: { country: 'DE' } },
      { user: 'u', traits: { ok: false, gone: null } },
    ]);
    expect(await show()).toMatchObject({
      registered_at: '2024-01-01T00:00:00.000Z',
      traits: { country: 'DE', age: '7', ok: false },
    });
    await app.post(`${slug}/users`, [{ user: 'u', registered_at: null }]);
    expect((await show()).registered_at).toBeNull();
    await app.post(
      `${slug}/users`,
      ndjson([
        { user: 'u', registered_at: '2020-01-01T00:00:00Z' },
        { user: 'u', registered_at: '2021-01-01T00:00:00Z' },
      ]),
    );
    expect((await show()).registered_at).toBe('2021-01-01T00:00:00.000Z');
  });

  it('knows a user by events alone, counted once', async () => {
    const { slug } = await app.property();
    await app.post(`${slug}/events`, [
      event('a/b c'),
      event('a/b c'),
      { ...event('a/b c'), time: '2024-02-01T00:00:00Z' },
    ]);
    const { status, body } = await app.getJson(`${slug}/users/${encodeURIComponent('a/b c')}`);
    expect([status, body]).toEqual([
      200,
      {
        user: 'a/b c',
        registered_at: null,
        traits: {},
        events: 2,
        first_event_at: '2024-01-01T00:00:00.000Z',
        last_event_at: '2024-02-01T00:00:00.000Z',
      },
    ]);
  });

  it('does not know others, nor those of other properties', async () => {
    const [{ slug }, other] = [await app.property(), await app.property()];
    await app.post(`${other.slug}/users`, [{ user: 'u' }]);
    expect(await app.getJson(`${slug}/users/u`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await app.getJson(`${other.slug}/users/u`)).status).toBe(200);
  });

  it('gives every item its verdict', async () => {
    const { slug } = await app.property();
    const items = [
      { user: 'a', traits: { x: 1 } },
      { user: '' },
      { user: 'b', registered_at: '2024-02-30T00:00:00Z' },
      { user: 'c', traits: null },
      { user: 'd', traits: { x: { y: 1 } } },
      { user: 'e', event: 'e' },
      { user: 'f', registered_at: 5 },
      { traits: {} },
      { user: 'a', traits: { x: 1 } },
    ];
    const { status, body } = await app.post(`${slug}/users`, items);
    expect([status, body.accepted, body.duplicates, body.rejected]).toEqual([200, 2, 0, 7]);
    expect(body.errors.map(({ indexes, code, pointer }) => `${indexes.join()} ${code} ${pointer}`)).toEqual([
      '1 invalid_length /user',
      '2 invalid_time /registered_at',
      '3 invalid_type /traits',
      '4 invalid_type /traits/x',
      '5 unknown_field /event',
      '6 invalid_type /registered_at',
      '7 missing_field /user',
    ]);
    const strict = await app.post(`${slug}/users?strict=true`, items);
    expect(strict).toMatchObject({ status: 422, body: { code: 'strict_batch_rejected' } });
  });

  it('takes no CSV', async () => {
    const { slug } = await app.property();
    expect(await app.post(`${slug}/users`, 'user\nu\n', { 'content-type': 'text/csv' })).toMatchObject({
      status: 415,
      body: { code: 'unsupported_media_type' },
    });
  });

  it('takes a hundred thousand upserts in one stream', async () => {
    const { slug } = await app.property();
    const body = ndjson(
      Array.from({ length: 100_000 }, (_, i) => ({
        user: `u${i}`,
        registered_at: '2024-01-01T00:00:00Z',
        traits: { i },
      })),
    );
    expect((await app.post(`${slug}/users`, body)).body).toMatchObject({ accepted: 100_000, rejected: 0 });
    expect((await app.getJson(`${slug}/users/u99999`)).body).toMatchObject({ traits: { i: 99_999 } });
  });
});
