import { DataSource } from 'typeorm';
import type { AuditEntryDto } from '../../../src/accounts/audit/audit.dto.js';
import { AuditEntryEntity } from '../../../src/accounts/audit/audit-entry.entity.js';
import { AccountEntity } from '../../../src/accounts/account.entity.js';
import type { KeyWithSecretDto } from '../../../src/accounts/key.dto.js';
import { Housekeeping } from '../../../src/stores/postgres/housekeeping.js';
import { callHttp, type Method, type TestResponse } from '../../support/call-http.js';
import { MemberEntity } from '../../../src/accounts/members/member.entity.js';
import { insertKey } from '../../support/keys.js';
import { ask } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { callAt, codeOf, newMember, PASSWORD, SAME_SITE } from './signed-in.js';

let stores: TestStores;
let app: TestApp;
/** The id of the admin key. */
let admin: string;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  admin = (await call('GET', '/account/keys')).json<{ data: { id: string }[] }>().data[0]!.id;
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

function call(
  method: Method,
  path: string,
  body?: object,
  key = app.adminKey,
  more: object = {},
): Promise<TestResponse> {
  return callHttp(app.url, method, `/v1${path}`, { headers: { authorization: `Bearer ${key}`, ...more }, body });
}

async function entries(query = ''): Promise<AuditEntryDto[]> {
  return (await call('GET', `/account/audit?limit=1000${query}`)).json<{ data: AuditEntryDto[] }>().data;
}

const newest = async (): Promise<AuditEntryDto> => (await entries())[0]!;

describe('the audit log', () => {
  it('tells who did what to which key, from where, by which call and with which result', async () => {
    const id = 'a-request-of-mine';
    const made = await call('POST', '/account/keys', { name: 'a', role: 'viewer' }, undefined, { 'x-request-id': id });
    const key = made.json<KeyWithSecretDto>();
    expect(await newest()).toEqual({
      id: expect.stringMatching(/^aud_/),
      at: expect.any(String),
      actor: admin,
      action: 'key.create',
      property: null,
      thing: key.id,
      network: '127.0.0.0/24',
      request_id: id,
      status: 201,
    });
    await call('PATCH', `/account/keys/${key.id}`, { name: 'b' });
    await call('POST', `/account/keys/${key.id}/rotate`);
    await call('DELETE', `/account/keys/${key.id}`);
    const told = (await entries(`&thing=${key.id}`)).map(({ action, status }) => [action, status]);
    expect(told).toEqual([
      ['key.revoke', 204],
      ['key.rotate', 200],
      ['key.change', 200],
      ['key.create', 201],
    ]);
  });

  it('tells what was refused too', async () => {
    const weak = (await call('POST', '/account/keys', { name: 'weak', role: 'viewer' })).json<KeyWithSecretDto>();
    await call('PATCH', '/properties/default', { name: 'mine' }, weak.secret);
    expect(await newest()).toMatchObject({ actor: weak.id, action: 'property.change', status: 403 });
    await call('PATCH', '/properties/default', { name: 5 });
    expect(await newest()).toMatchObject({ actor: admin, action: 'property.change', status: 422 });
  });

  it('tells of properties, and of what was deleted in them', async () => {
    const { id } = (await call('POST', '/properties', { slug: 'short' })).json<{ id: string }>();
    await call('POST', '/properties/short/cohorts', { name: 'list', static: { users: ['ann'] } });
    await call('DELETE', '/properties/short/cohorts/list');
    await call('DELETE', '/properties/short?force=true');
    expect((await entries(`&thing=${id}`)).map(({ action, thing, status }) => [action, thing, status])).toEqual([
      ['property.delete', null, 202],
      ['cohort.delete', 'list', 204],
      ['property.create', id, 201],
    ]);
  });

  it('tells of exports of people, and not of pages', async () => {
    await app.call('POST', '/cohorts', { name: 'pair', static: { users: ['ann', 'bob'] } });
    const window = { kind: 'fixed', from: '2020-01-01', to: '2021-01-01' };
    const { id } = await ask(app, { cohort: 'pair', metric: 'event_count', window }, '?wait=30');
    const before = (await entries()).length;
    await app.call('GET', `/requests/${id}/users`);
    await app.call('GET', '/cohorts/pair/members');
    expect((await entries()).length).toBe(before);
    await app.call('GET', `/requests/${id}/users?format=csv`);
    expect(await newest()).toMatchObject({ action: 'people.export', thing: id, status: 200 });
    await app.call('GET', '/cohorts/pair/members?format=ndjson');
    expect(await newest()).toMatchObject({ action: 'people.export', thing: 'pair', status: 200 });
  });

  it('holds no secret and no body', async () => {
    const made = await call('POST', '/account/keys', { name: 'a-name-in-a-body', role: 'viewer' });
    const { secret } = made.json<KeyWithSecretDto>();
    const text = JSON.stringify(await app.get(DataSource).manager.find(AuditEntryEntity));
    expect(text).not.toContain('a-name-in-a-body');
    expect(text).not.toContain(secret.slice(10, 20));
    expect(text).not.toContain('muster_');
  });

  it('is filtered by time, actor, action and thing, and paged', async () => {
    const all = await entries();
    expect(await entries('&action=key.rotate')).toEqual(all.filter(({ action }) => action === 'key.rotate'));
    expect(await entries(`&actor=${admin}`)).toEqual(all.filter(({ actor }) => actor === admin));
    const [from, to] = [all[5]!.at, all[2]!.at];
    expect(await entries(`&from=${from}&to=${to}`)).toEqual(all.filter(({ at }) => at >= from && at < to));
    const page = await call('GET', '/account/audit?limit=2');
    const next = page.json<{ next_cursor: string }>().next_cursor;
    expect((await entries(`&cursor=${next}`)).slice(0, 2)).toEqual(all.slice(2, 4));
    expect((await call('GET', '/account/audit?from=yesterday')).json()).toMatchObject({ code: 'invalid_parameter' });
  });

  it('is written as NDJSON and CSV, by format and by Accept', async () => {
    const all = await entries();
    const lines = (await call('GET', '/account/audit?format=ndjson')).text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(all);
    const csv = await call('GET', '/account/audit', undefined, undefined, { accept: 'text/csv' });
    const rows = csv.text.trimEnd().split('\r\n');
    expect(rows[0]).toBe('id,at,actor,action,property,thing,network,request_id,status');
    expect(rows).toHaveLength(all.length + 1);
    expect(rows[1]!.split(',')[0]).toBe(all[0]!.id);
    expect((await call('GET', '/account/audit?format=parquet')).status).toBe(400);
    const parquet = { accept: 'application/vnd.apache.parquet' };
    expect((await call('GET', '/account/audit', undefined, undefined, parquet)).status).toBe(406);
  });

  it('is of one account', async () => {
    const database = app.get(DataSource);
    await database.manager.insert(AccountEntity, { id: 'acc_other', name: 'Other' });
    const { secret } = await insertKey(database, { accountId: 'acc_other' });
    expect((await call('GET', '/account/audit', undefined, secret)).json<{ data: [] }>().data).toEqual([]);
  });
});

describe('sign-ins in the audit log', () => {
  const signIn = (email: string, password: string): Promise<TestResponse> =>
    callAt(app.url, 'POST', '/session', { 'x-request-id': 'a-sign-in' }, { email, password });
  const personOf = async (id: string): Promise<string> =>
    (await app.get(DataSource).manager.findOneByOrFail(MemberEntity, { id })).personId;

  it('tell of a wrong password by the person whose address it was, and of no address that is nobody', async () => {
    const { email, id } = await newMember(app, { role: 'viewer' });
    expect(codeOf(await signIn(email, 'another long password'))).toEqual([401, 'unauthenticated']);
    const person = await personOf(id);
    const told = { action: 'session.create', actor: null, thing: person, status: 401, request_id: 'a-sign-in' };
    expect(await newest()).toMatchObject({ ...told, network: '127.0.0.0/24' });
    const count = (await entries()).length;
    expect(codeOf(await signIn('stranger@example.org', PASSWORD))).toEqual([401, 'unauthenticated']);
    expect((await entries()).length).toBe(count);
    const text = JSON.stringify(await app.get(DataSource).manager.find(AuditEntryEntity));
    expect(text).not.toContain('@example.org');
    expect((await signIn(email, PASSWORD)).status).toBe(200);
    expect(await newest()).toMatchObject({ action: 'session.create', actor: person, status: 200 });
  });

  it('tell once of somebody who goes on after he was stopped', async () => {
    const { email, id } = await newMember(app, { role: 'viewer' });
    for (let i = 0; i < 13; i += 1) await signIn(email, 'another long password');
    const told = (await entries(`&thing=${await personOf(id)}`)).map(({ status }) => status);
    expect(told.toSorted()).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
  });

  it('tell of an invitation that was tried with a wrong password', async () => {
    const { email, id } = await newMember(app, { role: 'viewer' });
    const { token } = (await call('POST', '/account/invitations', { email, role: 'analyst' })).json<{
      token: string;
    }>();
    const body = { token, email, password: 'another long password' };
    expect((await callAt(app.url, 'POST', '/invitations/accept', {}, body)).status).toBe(401);
    expect(await newest()).toMatchObject({ action: 'invitation.accept', thing: await personOf(id), status: 401 });
  });

  it('tell the account that is entered of a change to it, and the other one of nothing', async () => {
    const { cookie, id } = await newMember(app, { role: 'viewer' });
    const { manager } = app.get(DataSource);
    const personId = await personOf(id);
    await manager.insert(AccountEntity, { id: 'acc_entered', name: 'Entered' });
    await manager.insert(MemberEntity, { id: 'mem_entered', accountId: 'acc_entered', personId, role: 'owner' });
    const choose = (account: unknown) =>
      callAt(app.url, 'PUT', '/session', { ...cookie, ...SAME_SITE }, { account } as object);
    expect(codeOf(await choose('acc_none'))).toEqual([404, 'not_found']);
    expect(await newest()).toMatchObject({ action: 'session.choose', actor: personId, status: 404 });
    const count = (await entries()).length;
    expect((await choose('acc_entered')).json()).toMatchObject({ account: 'acc_entered' });
    expect((await entries()).length).toBe(count);
    const theirs = await callAt(app.url, 'GET', '/account/audit', cookie);
    expect(theirs.json()).toMatchObject({ data: [{ action: 'session.choose', actor: personId, status: 200 }] });
    const body = { account: 'acc_entered', role: 'owner' };
    const more = await callAt(app.url, 'PUT', '/session', { ...cookie, ...SAME_SITE }, body);
    expect(codeOf(more)).toEqual([422, 'unknown_field']);
  });

  it('cost the same statements whether the address is known or not', async () => {
    const { email } = await newMember(app, { role: 'viewer' });
    const database = app.get(DataSource);
    const statementsOf = async (address: string): Promise<string[]> => {
      const texts: string[] = [];
      const { logger } = database;
      const noting = Object.assign(Object.create(logger) as typeof logger, {
        logQuery: (text: string) => void texts.push(text),
      });
      Object.assign(database, { logger: noting });
      await signIn(address, 'another long password');
      Object.assign(database, { logger });
      return texts.filter((text) => /sign_in_failures|persons|members|audit/.test(text));
    };
    const [known, unknown] = [await statementsOf(email), await statementsOf('nobody-at-all@example.org')];
    expect(known.length).toBeGreaterThan(3);
    expect(unknown).toEqual(known);
  });
});

describe('an entry', () => {
  const add = async (id: string, at: string): Promise<void> => {
    const database = app.get(DataSource);
    const [{ id: accountId }] = (await database.manager.find(AccountEntity, { order: { createdAt: 'ASC' } })) as [
      AccountEntity,
    ];
    const nothing = { actor: null, propertyId: null, thing: null, network: null, requestId: null };
    const entry = { ...nothing, id, accountId, at: new Date(at), action: 'key.replace', status: 200 };
    await database.manager.insert(AuditEntryEntity, entry);
  };

  it.each([[`UPDATE audit_entries SET status = 200`], [`DELETE FROM audit_entries`], [`TRUNCATE audit_entries`]])(
    'stands against %s',
    async (statement) => {
      const count = (await entries()).length;
      await expect(app.get(DataSource).query(statement)).rejects.toThrow('append-only');
      expect((await entries()).length).toBe(count);
    },
  );

  it('goes when it is older than MUSTER_AUDIT_KEEP_DAYS', async () => {
    const now = Date.now();
    await add('aud_401', new Date(now - 401 * 86_400_000).toISOString());
    await add('aud_399', new Date(now - 399 * 86_400_000).toISOString());
    await app.get(Housekeeping).sweep(new Date(now));
    const ids = (await entries()).map(({ id }) => id);
    expect([ids.includes('aud_401'), ids.includes('aud_399')]).toEqual([false, true]);
  });
});
