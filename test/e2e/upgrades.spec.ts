import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProgram, type Program } from '../support/program.js';
import { until } from '../support/until.js';
import type { AskedThen, LandedState } from '../upgrades/load-state.js';
import { StateArchive } from '../upgrades/state-archive.js';
import { callHttp, type Method } from '../support/call-http.js';

interface Told {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>> & { readonly data?: readonly { readonly id: string }[] };
}

/** What a program says of a result, whatever its version. */
const KEPT = ['id', 'hash', 'status', 'columns', 'aggregates', 'series', 'breakdown', 'data_version', 'computed_at'];
/** Longer than a migration of such a folder takes. */
const KILLED_WITHIN_MS = 800;
const END_WITHIN_MS = 60_000;

const archive = new StateArchive();
/** All of them with MUSTER_TEST_UPGRADES=all. */
const commits =
  process.env['MUSTER_TEST_UPGRADES'] === 'all' ? archive.commits : [archive.commits[0]!, archive.commits.at(-1)!];

describe.each(commits)('data of the program of %s', (commit) => {
  let folder: string;
  let program: Program;
  let then: LandedState;
  let call: (method: string, path: string, body?: object) => Promise<Told>;

  const start = (): Program => startProgram({ MUSTER_DATA_DIR: folder, MUSTER_PORT: '0' });
  const ended = (): AskedThen[] => then.asked.filter(({ answer }) => answer.status !== 'queued');
  const queued = (): AskedThen[] => then.asked.filter(({ answer }) => answer.status === 'queued');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'muster-upgrade-'));
    archive.unpack(commit, folder);
    then = archive.told(commit);
    const killed = start();
    await until(() => existsSync(join(folder, 'postgres/data/postmaster.pid')), END_WITHIN_MS);
    await sleep(Math.random() * KILLED_WITHIN_MS);
    await killed.end('SIGKILL');
    program = start();
    const url = `${await program.ready}/v1/properties/default`;
    const key = readFileSync(join(folder, 'admin-key'), 'utf8').trim();
    const headers = { authorization: `Bearer ${key}` };
    call = async (method, path, body) => {
      const response = await callHttp(url, method as Method, path, { headers, body });
      return { status: response.status, json: response.json<Told['json']>() };
    };
  }, 3 * END_WITHIN_MS);

  afterAll(async () => {
    await program?.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }, END_WITHIN_MS);

  it('lists all of its requests', async () => {
    const ids: string[] = [];
    let path: string | null = '/requests?limit=50';
    while (path !== null) {
      const { status, json }: Told = await call('GET', path);
      expect(status).toBe(200);
      ids.push(...(json.data ?? []).map(({ id }) => id));
      path = json['next_cursor'] === null ? null : `/requests?limit=50&cursor=${String(json['next_cursor'])}`;
    }
    expect(ids).toEqual(expect.arrayContaining(then.asked.map(({ answer }) => answer.id)));
  });

  it('answers as it did, users included', async () => {
    expect(ended().length).toBeGreaterThan(4);
    for (const { name, answer, users } of ended()) {
      const { status, json } = await call('GET', `/requests/${answer.id}`);
      expect([name, status]).toEqual([name, 200]);
      const reported = KEPT.filter((field) => field in answer);
      expect([name, pick(json, reported)]).toEqual([name, pick(answer, reported)]);
      if (users === null) continue;
      const page = (await call('GET', `/requests/${answer.id}/users?limit=3`)).json;
      expect([name, page.data]).toEqual([name, (users as Told['json']).data]);
    }
  });

  it('keeps its cohorts, metrics and uploads', async () => {
    for (const [path, made] of [
      ['/cohorts', then.cohorts],
      ['/metrics', then.metrics],
      ['/cohort-uploads', then.uploads],
    ] as const) {
      expect((await call('GET', path)).status).toBe(200);
      for (const one of made.filter((each) => each !== null) as { id: string; name: string; hash?: string }[]) {
        const { status, json } = await call('GET', `${path}/${one.id}`);
        expect([path, status, json['name']]).toEqual([path, 200, one.name]);
        if (path === '/cohorts') expect(json['hash']).toEqual(one.hash);
      }
    }
  });

  it('measures what was queued, and anew what had an answer, as it does what is asked today', async () => {
    expect(queued().length).toBeGreaterThan(9);
    for (const { answer, body } of queued().slice(-10)) {
      const { json } = await call('GET', `/requests/${answer.id}?wait=30`);
      expect(json).toMatchObject({ status: 'succeeded', error: null });
      const today = (await call('POST', '/requests?wait=30', body)).json;
      expect(pick(json, ['hash', 'aggregates'])).toEqual(pick(today, ['hash', 'aggregates']));
    }
    const anew = ended().map(async ({ name, body }) => {
      const { status, json } = await call('POST', '/requests?wait=60', { ...body, cache: 'refresh' });
      expect([name, status, json['status'], json['stale']]).toEqual([name, 200, 'succeeded', false]);
    });
    await Promise.all(anew);
  });
});

function pick(of: object, fields: readonly string[]): object {
  const values = of as Readonly<Record<string, unknown>>;
  return Object.fromEntries(fields.map((field) => [field, values[field]]));
}
