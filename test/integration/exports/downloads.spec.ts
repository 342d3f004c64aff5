import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UserRow } from '../../../src/results/user-row.dto.js';
import { DataSource } from 'typeorm';
import { ApiKeyEntity } from '../../../src/accounts/api-key.entity.js';
import { QueryCancelled } from '../../../src/stores/clickhouse/engine-failure.js';
import { RunValuesStore } from '../../../src/stores/clickhouse/run-values-store.js';
import { whileFrozen } from '../../support/frozen-engine.js';
import { download } from '../../support/exported-tables.js';
import { ask, countOf, errorOf, slowCountOf } from '../../support/requests.js';
import { runsOf } from '../../support/runs.js';
import { seedEvents } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';
import { insertKey } from '../../support/keys.js';
import { callHttp } from '../../support/call-http.js';

interface UsersPage {
  readonly data: readonly UserRow[];
  readonly next_cursor: string | null;
}

const USERS = 40_000;
const SEED = { users: USERS, from: '2020-01-01', days: 10 };

describe('downloads', () => {
  let stores: TestStores;
  let app: TestApp;
  let baseUrl: string;
  let daily: string;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    baseUrl = `${app.url}/v1/properties/default`;
    await seedEvents(app, { ...SEED, events: USERS });
    const window = { kind: 'fixed', from: '2020-01-01', to: '2020-03-01' };
    const series = { interval: 'day', by: 'event_time' };
    daily = (await ask(app, countOf('daily', { window, series }), '?wait=60')).id;
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  const open = (path: string): ClientRequest =>
    get(`${baseUrl}${path}`, { headers: { authorization: `Bearer ${app.adminKey}` } }).on('error', () => undefined);
  const spooled = (): string[] => readdirSync(join(stores.engine.folder, 'spool'));
  /** Files that the engine holds open and that have no name any more. */
  const nameless = (): string[] => {
    const folder = `/proc/${stores.engine.pid}/fd`;
    const links = readdirSync(folder).map((fd) => linkOf(join(folder, fd)));
    return links.filter((link) => link.includes('/spool/') && link.endsWith('(deleted)'));
  };
  const queries = async (): Promise<number> => {
    const sql = `SELECT count() AS n FROM system.processes WHERE position(query, 'run_values') > 0 AND position(query, 'system.processes') = 0`;
    const { rows } = await stores.engine.engine.rows<{ n: number }>({ sql, params: {} });
    return rows[0]?.n ?? 0;
  };
  const nothingLeft = async (): Promise<void> => {
    await until(async () => (await queries()) === 0 && spooled().length === 0 && nameless().length === 0, 5_000);
  };

  it('of all users hold everybody once, in the order of the ids', async () => {
    const lines = (await download(app, `/requests/${daily}/users?format=ndjson`)).bytes
      .toString()
      .trimEnd()
      .split('\n');
    const users = lines.map((line) => (JSON.parse(line) as UserRow).user);
    expect(users.length).toBe(USERS);
    expect(users).toEqual([...new Set(users)].toSorted());
    await nothingLeft();
  });

  it.each(['csv', 'parquet', 'arrow'])(
    'of %s broken off before the first byte leave no query and no file',
    async (format) => {
      const request = open(`/requests/${daily}/users?format=${format}`);
      await until(() => spooled().length > 0);
      expect(await queries()).toBeGreaterThan(0);
      request.destroy();
      await nothingLeft();
    },
  );

  it('broken off in the middle leave no file', async () => {
    const request = open(`/requests/${daily}/users?format=ndjson`);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response, 'data');
    response.pause();
    expect(spooled()).toEqual([]);
    expect(nameless().length).toBe(1);
    request.destroy();
    await nothingLeft();
    expect((await app.call('GET', `/requests/${daily}/users?limit=1`)).status).toBe(200);
  });

  it('may be made for longer than a connection may be idle', async () => {
    const server = app.nest.getHttpServer();
    const usualMs = server.timeout;
    server.timeout = 500;
    try {
      const request = open(`/requests/${daily}/users?format=csv`);
      const answered = once(request, 'response');
      await until(() => spooled().length > 0);
      await whileFrozen(stores.engine, () => sleep(1500));
      const [response] = (await answered) as [IncomingMessage];
      expect(response.statusCode).toBe(200);
      response.destroy();
    } finally {
      server.timeout = usualMs;
    }
    await nothingLeft();
  });

  it('are stopped by a signal, and by destroying the stream', async () => {
    const { engine } = stores.engine;
    const slow = { sql: 'SELECT toString(sum(sipHash64(number, 1))) FROM numbers(1e12)', params: {} };
    const abort = new AbortController();
    const stopped = engine.stream(slow, 'RawBLOB', { signal: abort.signal, marker: 'export-1' });
    await until(async () => (await engine.running('export-1')) > 0);
    abort.abort();
    await expect(stopped).rejects.toBeInstanceOf(QueryCancelled);
    expect(await engine.running('export-1')).toBe(0);
    const many = await engine.stream({ sql: 'SELECT toString(number) FROM numbers(10000000)', params: {} }, 'RawBLOB');
    await once(many, 'readable');
    many.destroy();
    await nothingLeft();
  });

  it('fail as a problem where the engine does', async () => {
    const failing = stores.engine.engine.stream({ sql: 'SELECT throwIf(1)', params: {} }, 'Parquet');
    await expect(failing).rejects.toMatchObject({ code: 'internal_error' });
    expect(spooled()).toEqual([]);
  });

  it('do not hold up what is small', async () => {
    const requests = Array.from({ length: 6 }, () => open(`/requests/${daily}/users?format=csv`));
    await until(() => spooled().length > 0);
    const { bytes } = await download(app, `/requests/${daily}/users?limit=1`);
    expect(JSON.parse(bytes.toString())).toMatchObject({ data: [expect.anything()] });
    // Of the six, two are written at a time.
    expect(spooled().length).toBeLessThanOrEqual(2);
    for (const request of requests) request.destroy();
    await nothingLeft();
  });

  describe('and watchers', () => {
    let limited: TestApp;
    let limitedUrl: string;
    let weekly: string;
    let other: string;

    beforeAll(async () => {
      const limits = { keyExportLimit: 2, exportLimit: 3, exportIdleMs: 6000, keyWatchLimit: 2 };
      limited = await startTestApp(stores, { ...limits, role: 'api' });
      limitedUrl = `${limited.url}/v1/properties/default`;
      const database = limited.get(DataSource);
      const [{ accountId }] = (await database.manager.find(ApiKeyEntity)) as [ApiKeyEntity];
      other = (await insertKey(database, { accountId })).secret;
      const window = { kind: 'fixed', from: '2020-01-01', to: '2020-03-01' };
      weekly = (
        await ask(app, countOf('weekly', { window, series: { interval: 'week', by: 'event_time' } }), '?wait=60')
      ).id;
    });

    afterAll(() => limited?.stop());

    const begun = async (path: string, key = app.adminKey): Promise<IncomingMessage> => {
      const request = get(`${limitedUrl}${path}`, { headers: { authorization: `Bearer ${key}` } });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return response.on('error', () => undefined);
    };
    const refusal = async (path: string, key = app.adminKey): Promise<unknown[]> => {
      const answer = await callHttp(limitedUrl, 'GET', path, { headers: { authorization: `Bearer ${key}` } });
      const { code, limit, value } = answer.json<{ code: string; limit: string; value: number }>();
      return [answer.status, code, limit, value, answer.headers['retry-after']];
    };

    it('are as many of one key as there may be, and of all, and refused beyond that', async () => {
      const users = `/requests/${weekly}/users?format=csv`;
      const table = `/requests/${weekly}/aggregates?format=csv`;
      const unread = [await begun(users), await begun(users)];
      expect(await refusal(table)).toEqual([429, 'too_many_exports', 'exports_of_key', 2, '5']);
      expect((await limited.call('GET', `/requests/${weekly}/users?limit=1`)).status).toBe(200);
      unread.push(await begun(users, other));
      expect(await refusal(table, other)).toEqual([429, 'too_many_exports', 'exports', 3, '5']);
      for (const response of unread) response.destroy();
      await until(async () => (await limited.call('GET', table)).status === 200);
      await nothingLeft();
    });

    it('that nobody reads are cut off, and those that somebody reads slowly are not', async () => {
      const path = `/requests/${weekly}/users?format=ndjson`;
      const [unread, slow] = [await begun(path), await begun(path)];
      const cut = new Promise((resolve) => unread.once('close', resolve));
      unread.once('data', () => unread.pause());
      let bytes = 0;
      for await (const chunk of slow) {
        bytes += (chunk as Buffer).length;
        await sleep(15);
      }
      expect([slow.complete, bytes]).toEqual([true, expect.any(Number)]);
      await until(() => nameless().length === 0, 30_000);
      unread.resume();
      await cut;
      expect(unread.complete).toBe(false);
    });

    it('wait as many of one key as there may be', async () => {
      const slow = await ask(app, slowCountOf('watched', 20));
      const watching = [await begun(`/requests/${slow.id}/events`), await begun(`/requests/${slow.id}/events`)];
      for (const path of [`/requests/${slow.id}/events`, `/requests/${slow.id}?wait=5`])
        expect(await refusal(path)).toEqual([429, 'too_many_watchers', 'watchers_of_key', 2, '5']);
      expect((await limited.call('GET', `/requests/${slow.id}`)).status).toBe(200);
      for (const response of watching) response.destroy();
      await until(async () => (await limited.call('GET', `/requests/${slow.id}?wait=1`)).status === 200);
      await app.call('DELETE', `/requests/${slow.id}`);
    });
  });
});

describe('pages of users', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    await seedEvents(app, { ...SEED, events: 100, users: 100 });
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  const page = async (id: string, cursor: string | null): Promise<UsersPage> =>
    (await app.call('GET', `/requests/${id}/users?limit=30${cursor === null ? '' : `&cursor=${cursor}`}`)).json();

  it('stay with the result that they began with while it is replaced', async () => {
    const { id } = await ask(app, countOf('stable'), '?wait=20');
    const all = (await app.call('GET', `/requests/${id}/users?limit=1000`)).json<UsersPage>().data;
    const first = await page(id, null);
    await seedEvents(app, { ...SEED, events: 500, users: 50 });
    const refreshed = await ask(app, countOf('stable', { cache: 'refresh' }), '?wait=20');
    expect(refreshed.id).not.toBe(id);
    const seen = [...first.data];
    for (let cursor = first.next_cursor; cursor !== null;) {
      const next = await page(id, cursor);
      seen.push(...next.data);
      cursor = next.next_cursor;
    }
    expect(seen).toEqual(all);
    const foreign = await app.call('GET', `/requests/${refreshed.id}/users?cursor=${first.next_cursor}`);
    expect([foreign.status, errorOf(foreign).code]).toEqual([410, 'result_gone']);
  });

  it('and downloads say so when the values are gone', async () => {
    const { id } = await ask(app, countOf('gone'), '?wait=20');
    const { next_cursor } = await page(id, null);
    const [run] = await runsOf(app, id);
    await app.get(RunValuesStore).deleteRun(run!.id);
    for (const query of ['', `?cursor=${next_cursor}`, '?format=ndjson', '?format=csv', '?format=parquet']) {
      const answer = await app.call('GET', `/requests/${id}/users${query}`);
      expect([query, answer.status, errorOf(answer).code]).toEqual([query, 410, 'result_gone']);
    }
    expect((await app.call('GET', `/requests/${id}/aggregates?format=csv`)).status).toBe(200);
  });
});

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
