import { DataSource } from 'typeorm';
import { typeid } from 'typeid-js';
import { AccountEntity } from '../../../src/accounts/account.entity.js';
import type { AccountDeletionDto } from '../../../src/accounts/account.dto.js';
import { AuditEntryEntity } from '../../../src/accounts/audit/audit-entry.entity.js';
import { MemberEntity, PersonEntity } from '../../../src/accounts/members/member.entity.js';
import { PropertyDeletionEntity } from '../../../src/properties/deletion/property-deletion.entity.js';
import { createProperty } from '../../../src/properties/create-property.js';
import { PropertiesService } from '../../../src/properties/properties.service.js';
import type { PropertyEntity } from '../../../src/properties/property.entity.js';
import { callHttp, type Method, type TestResponse } from '../../support/call-http.js';
import { insertKey } from '../../support/keys.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';
import { callAt, codeOf, newMember, SAME_SITE } from './signed-in.js';

let stores: TestStores;
let app: TestApp;
let database: DataSource;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  database = app.get(DataSource);
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

const byKey = (key = app.adminKey) => ({ authorization: `Bearer ${key}` });
const call = (method: Method, path: string, body?: object, key = app.adminKey): Promise<TestResponse> =>
  callAt(app.url, method, path, byKey(key), body);

const EVENT = { user: 'ann', event: 'visit', time: '2026-01-05T10:00:00Z' };

describe('a property that is put away', () => {
  const slugsOf = async (query = ''): Promise<string[]> =>
    (await call('GET', `/properties${query}`)).json<{ data: { slug: string }[] }>().data.map(({ slug }) => slug);
  const send = (key?: string) => call('POST', '/properties/old/events', [EVENT], key);

  beforeAll(async () => {
    await call('POST', '/properties', { slug: 'old' });
    await send();
  });

  it('is left out of lists, refuses whoever writes, and answers as before', async () => {
    const before = (await call('GET', '/properties/old')).json<{ version: number }>();
    const archived = await call('POST', '/properties/old/archive');
    expect([archived.status, archived.headers['etag']]).toEqual([200, `"${before.version + 1}"`]);
    expect(archived.json()).toMatchObject({ slug: 'old', archived_at: expect.any(String) as string });
    expect(await slugsOf()).not.toContain('old');
    expect(await slugsOf('?archived=true')).toEqual(['old']);
    expect(await slugsOf('?archived=any')).toEqual(['default', 'old']);
    const writes: [Method, string, object?][] = [
      ['POST', '/events', [EVENT]],
      ['POST', '/users', [{ user: 'ann' }]],
      ['PATCH', '', { name: 'New' }],
      ['POST', '/cohorts', { name: 'c', rule: { trait: 'x', eq: 1 } }],
      ['PUT', '/refused-users', { users: [] }],
      ['DELETE', '/batches/1'],
    ];
    for (const [method, path, body] of writes) {
      const refused = await call(method, `/properties/old${path}`, body);
      expect([method, path, ...codeOf(refused)]).toEqual([method, path, 409, 'property_archived']);
    }
    const window = { kind: 'fixed', from: '2026-01-01', to: '2026-02-01' };
    const request = { cohort: { users: ['ann'] }, metric: 'event_count', window };
    const answer = await call('POST', '/properties/old/requests?wait=30', request);
    expect(answer.json()).toMatchObject({ status: 'succeeded', aggregates: { count: { n: 1 } } });
    expect((await call('GET', '/properties/old/schema')).status).toBe(200);
  });

  it('tells no more of itself to who may not write than before', async () => {
    const { accountId } = await database.manager.findOneByOrFail(MemberEntity, {
      id: (await newMember(app, { role: 'viewer' })).id,
    });
    const viewer = await insertKey(database, { accountId, role: 'viewer' });
    expect(codeOf(await send(viewer.secret))).toEqual([403, 'forbidden']);
    const elsewhere = await insertKey(database, { accountId, properties: ['prop_none'] });
    expect(codeOf(await send(elsewhere.secret))).toEqual([404, 'not_found']);
  });

  it('is taken back, and by the version that was seen alone', async () => {
    const stale = await callHttp(app.url, 'POST', '/v1/properties/old/restore', {
      headers: { ...byKey(), 'if-match': '"1"' },
    });
    expect(codeOf(stale)).toEqual([412, 'precondition_failed']);
    expect((await call('POST', '/properties/old/restore')).json()).toMatchObject({ archived_at: null });
    expect((await call('POST', '/properties/old/restore')).status).toBe(200);
    expect((await send()).status).toBe(200);
    expect(await slugsOf()).toContain('old');
    const entries = await database.manager.findBy(AuditEntryEntity, { action: 'property.restore' });
    expect(entries.map(({ status }) => status).toSorted()).toEqual([200, 200, 412]);
  });

  it('can be deleted', async () => {
    await call('POST', '/properties/old/archive');
    const { headers } = await call('DELETE', '/properties/old?force=true');
    const receipt = await callHttp(app.url, 'GET', `${headers['location']}?wait=30`, { headers: byKey() });
    expect(receipt.json()).toMatchObject({ status: 'succeeded' });
  });

  it('is not found where it is deleted in this moment', async () => {
    const gone = { id: 'prop_gone' } as PropertyEntity;
    const properties = app.get(PropertiesService);
    await expect(properties.archive(gone, true, undefined)).rejects.toMatchObject({ code: 'not_found' });
    await expect(properties.change(gone, { name: 'new' }, undefined)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a member who leaves', () => {
  const leave = (cookie: Readonly<Record<string, string>>) =>
    callAt(app.url, 'DELETE', '/account/members/me', { ...cookie, ...SAME_SITE });

  it('ends his sessions, and is forgotten where he is in no other account', async () => {
    const { email, cookie, id } = await newMember(app, { role: 'analyst' });
    const { personId } = await database.manager.findOneByOrFail(MemberEntity, { id });
    const left = await leave(cookie);
    expect([left.status, String(left.headers['set-cookie'])]).toEqual([
      204,
      expect.stringContaining('muster_session=;'),
    ]);
    expect(codeOf(await callAt(app.url, 'GET', '/session', cookie))).toEqual([401, 'unauthenticated']);
    expect(await database.manager.existsBy(PersonEntity, { email })).toBe(false);
    const entry = await database.manager.findOneByOrFail(AuditEntryEntity, { action: 'member.leave', status: 204 });
    expect(entry.actor).toBe(personId);
  });

  it('stays a person where he is in another account', async () => {
    const { email, cookie, id } = await newMember(app, { role: 'analyst' });
    const { personId } = await database.manager.findOneByOrFail(MemberEntity, { id });
    await database.manager.insert(AccountEntity, { id: 'acc_left', name: 'Left' });
    await database.manager.insert(MemberEntity, { id: 'mem_left', accountId: 'acc_left', personId, role: 'viewer' });
    expect((await leave(cookie)).status).toBe(204);
    expect(await database.manager.existsBy(PersonEntity, { email })).toBe(true);
  });

  it('is not the last owner, and no key', async () => {
    const { cookie } = await newMember(app, { role: 'owner' });
    expect(codeOf(await leave(cookie))).toEqual([409, 'conflict']);
    expect(codeOf(await call('DELETE', '/account/members/me'))).toEqual([403, 'forbidden']);
  });
});

describe('a member who is removed', () => {
  /** His key, a key that this one has made, and an issuer of tokens of his; each call is allowed again and again. */
  async function withCredentials() {
    const { cookie, id } = await newMember(app, { role: 'admin' });
    const make = async (path: string, headers: object, body: object) => {
      const made = await callAt(app.url, 'POST', path, { ...headers }, body);
      if (made.status !== 201) throw new Error(made.text);
      return made.json<{ id: string; secret: string }>();
    };
    const key = await make('/account/keys', { ...cookie, ...SAME_SITE }, { name: 'his', role: 'admin' });
    const byHis = { authorization: `Bearer ${key.secret}` };
    const second = await make('/account/keys', byHis, { name: 'of his', role: 'viewer' });
    const issuer = await make('/account/token-issuers', byHis, {
      name: 'his',
      issuer: `https://${id.replace('_', '-')}.example.org`,
      jwks_uri: 'https://example.org/jwks',
      claim: 'role',
      roles: [{ value: 'a', role: 'viewer' }],
    });
    const statuses = async () => {
      const keys = [key, second].map(
        async ({ secret }) => (await call('GET', '/properties', undefined, secret)).status,
      );
      return await Promise.all([...keys, (await call('GET', `/account/token-issuers/${issuer.id}`)).status]);
    };
    return { id, statuses };
  }

  it('leaves keys and issuers to the account, or takes them along', async () => {
    const [kept, revoked] = [await withCredentials(), await withCredentials()];
    expect((await call('DELETE', `/account/members/${revoked.id}?credentials=all`)).status).toBe(400);
    expect((await call('DELETE', `/account/members/${kept.id}`)).status).toBe(204);
    expect((await call('DELETE', `/account/members/${revoked.id}?credentials=revoke`)).status).toBe(204);
    expect(await kept.statuses()).toEqual([200, 200, 200]);
    expect(await revoked.statuses()).toEqual([401, 401, 404]);
  });
});

describe('an account that is deleted', () => {
  /** An account with a property, events, two members of whom one is in another account too, a key and an invitation. */
  async function makeAccount(): Promise<{ id: string; owner: string; property: string }> {
    const id = typeid('acc').toString();
    await database.manager.insert(AccountEntity, { id, name: 'Short' });
    const property = await database.transaction((manager) => createProperty(manager, id, { slug: 'p', name: 'P' }));
    const { secret: owner } = await insertKey(database, { accountId: id });
    await call('POST', '/properties/p/events', [EVENT], owner);
    await call('POST', '/account/invitations', { email: 'eve@example.org', role: 'viewer' }, owner);
    for (const name of ['one', 'two']) {
      const personId = `per_${name}${id}`;
      const person = { id: personId, email: `${name}-${id}@example.org`, name, passwordHash: '' };
      await database.manager.insert(PersonEntity, person);
      await database.manager.insert(MemberEntity, { id: `mem_${name}${id}`, accountId: id, personId, role: 'viewer' });
    }
    const personId = `per_two${id}`;
    await database.manager.insert(MemberEntity, { id: `mem_${id}`, accountId: 'acc_left', personId, role: 'viewer' });
    return { id, owner, property: property.id };
  }

  const remove = (owner: string, confirm: string) => call('DELETE', `/account?confirm=${confirm}`, undefined, owner);

  it('takes its properties, keys, sessions and people with it, and nothing of another account', async () => {
    const { id, owner, property } = await makeAccount();
    const othersBefore = (await call('GET', '/account/keys')).json<{ data: [] }>().data.length;
    const removed = await remove(owner, id);
    expect(removed.json<AccountDeletionDto>()).toEqual({ id, properties: [property], keys: 1, members: 2, persons: 1 });
    expect(codeOf(await call('GET', '/account', undefined, owner))).toEqual([401, 'unauthenticated']);
    await until(async () => {
      const [job] = await database.manager.findBy(PropertyDeletionEntity, { accountId: id });
      return job?.state === 'succeeded';
    });
    const [job] = await database.manager.findBy(PropertyDeletionEntity, { accountId: id });
    expect(job?.counts).toMatchObject({ events: 1 });
    const kept = ['property_deletions', 'audit_entries'];
    for (const { tableName, columns } of database.entityMetadatas) {
      const isOfAccounts = columns.some(({ propertyName }) => propertyName === 'accountId');
      if (!isOfAccounts || kept.includes(tableName)) continue;
      const rows: unknown[] = await database.query(`SELECT 1 FROM ${tableName} WHERE account_id = $1`, [id]);
      expect([tableName, rows.length]).toEqual([tableName, 0]);
    }
    expect(await database.manager.existsBy(PersonEntity, { id: `per_one${id}` })).toBe(false);
    expect(await database.manager.existsBy(PersonEntity, { id: `per_two${id}` })).toBe(true);
    expect((await call('GET', '/account/keys')).json<{ data: [] }>().data.length).toBe(othersBefore);
    expect(await database.manager.findBy(AuditEntryEntity, { accountId: id, action: 'account.delete' })).toHaveLength(
      1,
    );
  });

  it('needs an owner, and its own id', async () => {
    const { id, owner } = await makeAccount();
    const admin = await insertKey(database, { accountId: id, role: 'admin' });
    expect(codeOf(await remove(admin.secret, id))).toEqual([403, 'forbidden']);
    for (const confirm of ['', 'true', 'Short']) {
      expect(codeOf(await remove(owner, confirm))).toEqual([400, 'invalid_parameter']);
    }
    expect(codeOf(await call('DELETE', '/account', undefined, owner))).toEqual([400, 'invalid_parameter']);
    expect((await call('GET', '/account', undefined, owner)).status).toBe(200);
  });

  it('leaves nothing behind that is made at the same moment', async () => {
    const { id, owner } = await makeAccount();
    const making = Array.from({ length: 10 }, (_, i) => [
      call('POST', '/properties', { slug: `p${i}` }, owner),
      call('POST', '/account/keys', { name: `k${i}`, role: 'viewer' }, owner),
      call('POST', '/account/invitations', { email: `i${i}@example.org`, role: 'viewer' }, owner),
    ]).flat();
    const [removed, ...made] = await Promise.all([remove(owner, id), ...making]);
    expect(removed.status).toBe(200);
    for (const { status } of made) expect([201, 401, 404]).toContain(status);
    for (const table of ['properties', 'api_keys', 'invitations', 'members', 'accounts']) {
      const column = table === 'accounts' ? 'id' : 'account_id';
      const rows: unknown[] = await database.query(`SELECT 1 FROM ${table} WHERE ${column} = $1`, [id]);
      expect([table, rows.length]).toEqual([table, 0]);
    }
  });
});
