import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UserRow } from '../../../src/results/user-row.js';
import { QueryCancelled } from '../../../src/stores/clickhouse/engine-failure.js';
import { RunValuesStore } from '../../../src/stores/clickhouse/run-values-store.js';
import { whileFrozen } from '../../support/frozen-engine.js';
import { download } from '../../support/exported-tables.js';
import { ask, countOf, errorOf } from '../../support/requests.js';
import { runsOf } from '../../support/runs.js';
import { seedEvents } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';

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
    await app.nest.listen(0, '127.0.0.1');
    baseUrl = `http://127.0.0.1:${(app.nest.getHttpServer().address() as AddressInfo).port}/v1/properties/default`;
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
