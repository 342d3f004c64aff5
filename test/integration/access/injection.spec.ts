import { DataSource } from 'typeorm';
import { newApiKey } from '../../../src/access/key-format.js';
import type { KeyWithSecretDto } from '../../../src/accounts/key.dto.js';
import { isFormula } from '../../../src/core/formula.js';
import { callHttp, type TestResponse } from '../../support/call-http.js';
import { NASTY_TEXTS } from '../../support/fuzz/schema-values.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

// Texts that mean something to SQL, a header, a file name, a log or a spreadsheet, in every place where a caller's text
// goes: as a value they come back as they were, and do nothing else.

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

/** Those that may be stored at all, and as names of events and properties. */
const TEXTS = NASTY_TEXTS.filter(
  (text) => text.trim() === text && text !== '' && !text.includes('\0') && text.isWellFormed() && text.length <= 100,
);
const WINDOW = { kind: 'fixed', from: '2026-01-01', to: '2026-02-01' };

interface Answered {
  readonly status: string;
  readonly aggregates: { readonly count: { readonly sum: number } };
}

async function counted(params: object): Promise<number> {
  const request = { cohort: { all: true }, metric: 'event_count', params, window: WINDOW, aggregators: ['sum'] };
  const answer = await app.call('POST', '/requests?wait=30', request);
  if (answer.status !== 200) throw new Error(`${JSON.stringify(params)}: ${answer.text}`);
  return answer.json<Answered>().aggregates.count.sum;
}

describe('a text of a caller', () => {
  beforeAll(async () => {
    const time = '2026-01-05T10:00:00Z';
    const events = TEXTS.map((text, i) => ({
      user: text,
      event: text,
      time,
      id: String(i),
      properties: { [text]: text },
    }));
    const users = TEXTS.map((text) => ({ user: text, traits: { [text]: text } }));
    for (const [path, items] of [['/events', events] as const, ['/users', users] as const]) {
      const sent = (await app.call('POST', path, items)).json<{ accepted: number; errors: unknown[] }>();
      expect([sent.accepted, sent.errors]).toEqual([TEXTS.length, []]);
    }
  });

  it('is a name of an event, a property and a value to the engine, and nothing else', async () => {
    for (const text of TEXTS) {
      const filter = { property: text, eq: text };
      expect([text, await counted({ event: text })]).toEqual([text, 1]);
      expect([text, await counted({ event: text, where: filter })]).toEqual([text, 1]);
    }
  });

  it('is a trait, a user and a name of a cohort', async () => {
    const found = new Set<string>();
    for (const [i, text] of TEXTS.entries()) {
      const body = {
        name: `cohort ${i}`,
        description: text,
        tags: [text.slice(0, 30)],
        rule: { trait: text, eq: text },
      };
      const made = await app.call('POST', '/cohorts', body);
      expect([text, made.status]).toEqual([text, 201]);
      const { id, description } = made.json<{ id: string; description: string }>();
      expect(description).toBe(text);
      await app.call('POST', `/cohorts/${id}/evaluations`);
      const members = (await app.call('GET', `/cohorts/${id}/members`)).json<{ data: { user: string }[] }>();
      expect([text, members.data.map(({ user }) => user)]).toEqual([text, [text]]);
      found.add(members.data[0]?.user ?? '');
      const shown = await app.call('GET', `/users/${encodeURIComponent(text)}`);
      expect(shown.json()).toMatchObject({ user: text, traits: { [text]: text } });
    }
    expect(found.size).toBe(TEXTS.length);
    const searched = await app.call('GET', `/cohorts?text=${encodeURIComponent("' OR '1'='1")}`);
    expect(searched.json<{ data: [] }>().data).toEqual([]);
  });

  it('is no formula in a spreadsheet, also in the audit log', async () => {
    await app.call('POST', '/cohorts', { name: 'all of them', static: { users: TEXTS } });
    const csv = await app.call('GET', '/cohorts/all%20of%20them/members?format=csv');
    const cells = csv.text.split('\r\n').map((line) => line.replace(/^"/, ''));
    expect(TEXTS.filter(isFormula).length).toBeGreaterThan(4);
    expect(cells.filter((cell) => /^[=+@\t-]/.test(cell))).toEqual([]);
    const headers = { authorization: `Bearer ${app.adminKey}`, 'x-request-id': '=1+1' };
    await callHttp(app.url, 'PATCH', '/v1/properties/default', { headers, body: { name: 'x' } });
    const audit = await callHttp(app.url, 'GET', '/v1/account/audit?format=csv', { headers });
    expect(audit.text).toContain(",'=1+1,");
    expect(audit.text).not.toMatch(/(^|,)"?[=+@-]/m);
  });

  it('makes no header and no file name', async () => {
    const names = ['a"; filename="b.exe', 'a\r\nX-Injected: 1', '../../etc/passwd', 'a\u{202E}vsc'];
    for (const name of names) {
      const made = await app.call('POST', '/cohorts', { name, static: { users: ['ann'] } });
      if (made.status !== 201) continue;
      const exported = await app.call('GET', `/cohorts/${encodeURIComponent(name)}/members?format=csv`);
      expect(exported.status).toBe(200);
      expect(exported.headers['content-disposition']).toMatch(/^attachment; filename="[\w.-]+"$/);
      expect(exported.headers['x-injected']).toBeUndefined();
      expect(made.headers['location']).toMatch(/^[\w/-]+$/);
    }
    const echoed = await app.call('GET', '/cohorts?limit=1', undefined, { 'x-request-id': 'a b"c' });
    expect(echoed.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('changes no prototype', async () => {
    const bodies = ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}'];
    for (const body of bodies) {
      for (const path of ['/cohorts', '/requests', '/metrics', '/events', '/refused-users']) {
        const method = path === '/refused-users' ? 'PUT' : 'POST';
        expect((await app.call(method, path, body, { 'content-type': 'application/json' })).status).toBeLessThan(500);
      }
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

it('a key costs the same statement whether it is known, over or unknown, and none where it can be none', async () => {
  const headers = { authorization: `Bearer ${app.adminKey}` };
  const made = await callHttp(app.url, 'POST', '/v1/account/keys', { headers, body: { name: 'over', role: 'viewer' } });
  const { id, secret } = made.json<KeyWithSecretDto>();
  await callHttp(app.url, 'GET', '/v1/limits', { headers: { authorization: `Bearer ${secret}` } });
  await callHttp(app.url, 'DELETE', `/v1/account/keys/${id}`, { headers });
  const database = app.get(DataSource);
  const { logger } = database;
  const statementsOf = async (key: string): Promise<readonly [number, string[]]> => {
    const texts: string[] = [];
    const noting = Object.assign(Object.create(logger) as typeof logger, {
      logQuery: (text: string) => void texts.push(text),
    });
    Object.assign(database, { logger: noting });
    const { status }: TestResponse = await callHttp(app.url, 'GET', '/v1/limits', {
      headers: { authorization: `Bearer ${key}` },
    });
    Object.assign(database, { logger });
    return [status, texts.filter((text) => text.includes('api_key_secrets'))];
  };
  const [[, known], [, over], [, unknown], [, none]] = [
    await statementsOf(app.adminKey),
    await statementsOf(secret),
    await statementsOf(newApiKey()),
    await statementsOf(`${newApiKey().slice(0, -1)}~`),
  ];
  expect([known?.length, over, unknown, none]).toEqual([1, known, known, []]);
});
