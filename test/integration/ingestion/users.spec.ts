import { DataSource } from 'typeorm';
import type { UserDto } from '../../../src/users/user.dto.js';
import { event, ndjson, startIngestApp, startStores, type IngestApp, type Stores } from './ingest-app.js';
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

  it('takes CSV, dates as the first instant of the zone of the property, and its own escape back', async () => {
    const { slug, id } = await app.property();
    await app.get(DataSource).query(`UPDATE properties SET time_zone = 'Europe/Berlin' WHERE id = $1`, [id]);
    const csv = { 'content-type': 'text/csv' };
    const body = `\ufeffUser;Registered_At;plan;age:number;"'=x"\r\nu;2024-07-01;pro;7,5;"'=1+2"\r\nv;2024-07-01 10:00;;;\r\n`;
    expect((await app.post(`${slug}/users?delimiter=semicolon&decimal=comma`, body, csv)).body).toMatchObject({
      accepted: 1,
      rejected: 1,
      errors: [{ code: 'invalid_time', pointer: '/registered_at', count: 1, indexes: [1] }],
    });
    expect((await app.getJson<UserDto>(`${slug}/users/u`)).body).toMatchObject({
      registered_at: '2024-06-30T22:00:00.000Z',
      traits: { plan: 'pro', age: 7.5, '=x': '=1+2' },
    });
    const query = 'delimiter=semicolon&decimal=comma&assume_zone=America/New_York&ignore=plan';
    expect((await app.post(`${slug}/users?${query}`, body, csv)).body).toMatchObject({ accepted: 2, rejected: 0 });
    expect((await app.getJson<UserDto>(`${slug}/users/v`)).body).toMatchObject({
      registered_at: '2024-07-01T14:00:00.000Z',
    });
    const [item] = [{ user: 'w', registered_at: '2024-01-01', traits: { big: 'x' } }];
    expect((await app.post(`${slug}/users`, [item])).body.accepted).toBe(1);
    expect((await app.getJson<UserDto>(`${slug}/users/w`)).body.registered_at).toBe('2023-12-31T23:00:00.000Z');
  });

  it('refuses numbers that no double holds, and parameters of CSV with another body', async () => {
    const { slug } = await app.property();
    const line = '{"user":"u","traits":{"order":12345678901234567890}}\n';
    expect((await app.post(`${slug}/users`, line)).body.errors).toMatchObject([
      {
        code: 'number_out_of_range',
        pointer: '/traits/order',
        detail: expect.stringContaining('12345678901234567890'),
      },
    ]);
    for (const query of ['delimiter=tab', 'user=u', 'assume_zone=Berlin', 'time_format=epoch_s&assume_zone=UTC']) {
      expect(await app.post(`${slug}/users?${query}`, line)).toMatchObject({
        status: 400,
        body: { code: 'invalid_parameter' },
      });
    }
  });

  it('warns of users who are nobody, and refuses those that the property lists', async () => {
    const { slug } = await app.property();
    const items = [event('undefined'), event('undefined', { id: '2' }), event('ann'), event('0')];
    const path = `${slug}/events`;
    expect((await app.post(path, items)).body.warnings).toMatchObject([
      { code: 'suspicious_user', value: 'undefined', count: 2 },
      { code: 'suspicious_user', value: '0', count: 1 },
    ]);
    const send = async (body: unknown) => {
      const headers = { authorization: `Bearer ${app.key}` };
      const answer = await callHttp(app.url, 'PUT', `/v1/properties/${slug}/refused-users`, { headers, body });
      return { status: answer.status, body: answer.json<object>() };
    };
    expect(await send({ users: ['undefined', 'nobody', 'undefined'] })).toEqual({
      status: 200,
      body: { users: ['undefined', 'nobody'] },
    });
    expect(await send({ users: [''] })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/users/0' }] } });
    expect(await app.getJson(`${slug}/refused-users`)).toEqual({
      status: 200,
      body: { users: ['undefined', 'nobody'] },
    });
    expect((await app.post(path, items)).body).toMatchObject({
      duplicates: 2,
      rejected: 2,
      errors: [{ code: 'refused_user', pointer: '/user', count: 2, indexes: [0, 1] }],
      warnings: [{ code: 'suspicious_user', value: '0', count: 1 }],
    });
    expect((await app.post(`${slug}/users`, [{ user: 'nobody' }])).body.rejected).toBe(1);
    const other = await app.property();
    expect((await app.post(`${other.slug}/users`, [{ user: 'nobody' }])).body.accepted).toBe(1);
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
