import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { memberSetHash } from '../support/member-set-hash.js';
import { type RunningMuster, runMuster } from '../support/running-muster.js';
import { until } from '../support/until.js';
import { callHttp, type TestResponse } from '../support/call-http.js';

interface Upload {
  readonly id: string;
  readonly status: string;
  readonly rows_checked: number;
  readonly validation: { readonly counts: object; readonly members: number } | null;
}

const USERS = Array.from({ length: 300_000 }, (_, i) => `user-${i}`);
/** The first hundred twice. */
const BODY = `${USERS.join('\n')}\n${USERS.slice(0, 100).join('\n')}\n`;

describe('kill -9 during', () => {
  let dataDir: string;
  let muster: RunningMuster;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'muster-crash-'));
    muster = await runMuster({ dataDir });
  });
  afterAll(async () => {
    await muster?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const restart = async (): Promise<void> => {
    await muster.kill();
    muster = await runMuster({ dataDir });
  };
  const call = (path: string, body?: string, type = 'text/plain'): Promise<TestResponse> =>
    callHttp(muster.url, body === undefined ? 'GET' : 'POST', `/v1/properties/default${path}`, {
      headers: { authorization: `Bearer ${muster.adminKey}`, ...(body !== undefined && { 'content-type': type }) },
      body,
    });
  const uploads = async (): Promise<Upload[]> => {
    const { data } = (await call('/cohort-uploads')).json<{ data: Upload[] }>();
    return data;
  };
  const finish = (id: string): Promise<TestResponse> =>
    call(`/cohort-uploads/${id}/finish`, '{"members":"all"}', 'application/json');

  it('an upload leaves nothing of it', async () => {
    const headers = { authorization: `Bearer ${muster.adminKey}`, 'content-type': 'text/plain' };
    const url = `${muster.url}/v1/properties/default/cohort-uploads?name=list`;
    const half = request(url, { method: 'POST', headers }).on('error', () => undefined);
    half.write(BODY);
    await until(async () => (await uploads()).some(({ status }) => status === 'receiving'), 20_000);
    await sleep(500 * Math.random());
    await restart();
    await until(async () => (await uploads()).length === 0, 30_000);
  });

  it('a validation lets it reach its end, with every row judged once', async () => {
    const sent = await call('/cohort-uploads?name=list&validate=lenient', BODY);
    expect(sent.status).toBe(202);
    await sleep(1000 * Math.random());
    await restart();
    await until(async () => (await uploads())[0]?.status === 'validated', 40_000);
    const counts = { rows: 300_100, valid: 0, unknown: 300_000, duplicate: 100, invalid: 0, blank: 0 };
    expect(await uploads()).toMatchObject([{ rows_checked: 300_100, validation: { counts, members: 300_000 } }]);
  });

  it('a finish makes the whole cohort or none, and it can be finished again', async () => {
    const [upload] = await uploads();
    const killed = finish(upload?.id ?? '').catch(() => undefined);
    await sleep(400 * Math.random());
    await restart();
    await killed;
    const { data } = (await call('/cohorts')).json<{ data: { size: number }[] }>();
    expect([[], [300_000]]).toContainEqual(data.map(({ size }) => size));
    const answer = await finish(upload?.id ?? '');
    const { hash } = memberSetHash(USERS);
    expect(answer.json()).toMatchObject({ size: 300_000, version: 1, hash });
    const page = (await call('/cohorts/list/members?limit=1000')).json<{ data: { user: string }[] }>();
    expect(page.data.map(({ user }) => user)).toEqual(USERS.toSorted().slice(0, 1000));
  });

  it('an undo lets it come to its end: what it took back counts no more, and may come again', async () => {
    const events = (from: number, to: number): string =>
      Array.from({ length: to - from }, (_, i) => JSON.stringify(eventOf(from + i))).join('\n');
    const ndjson = 'application/x-ndjson';
    const sendEvents = async (body: string): Promise<IngestAnswer> =>
      (await call('/events', body, ndjson)).json<IngestAnswer>();
    const stays = await sendEvents(events(0, 5_000));
    const wrong = await sendEvents(events(4_000, 24_000));
    expect([stays.accepted, wrong.accepted, wrong.duplicates]).toEqual([5_000, 19_000, 1_000]);
    const path = `/batches/${wrong.ingest_seq}`;
    const undo = (): Promise<TestResponse> =>
      callHttp(muster.url, 'DELETE', `/v1/properties/default${path}`, {
        headers: { authorization: `Bearer ${muster.adminKey}` },
      });
    const killed = undo().catch(() => undefined);
    await sleep(150 * Math.random());
    await restart();
    await killed;
    const state = async (): Promise<string> => (await call(path)).json<{ state: string }>().state;
    await until(async () => (await state()) !== 'deleting', 30_000);
    // Killed before it had a number of its own it has done nothing.
    if ((await state()) !== 'deleted') expect((await undo()).status).toBe(200);
    expect(await state()).toBe('deleted');
    const count = async (): Promise<unknown> => {
      const window = { kind: 'fixed', from: '2025-01-01', to: '2025-03-01' };
      const body = {
        cohort: { all: true },
        metric: 'event_count',
        params: { event: 'click' },
        window,
        aggregators: ['sum'],
      };
      const answer = await call('/requests?wait=30', JSON.stringify(body), 'application/json');
      return answer.json<{ aggregates: { count: { sum: number } } }>().aggregates.count.sum;
    };
    expect(await count()).toBe(5_000);
    expect(await sendEvents(events(4_000, 24_000))).toMatchObject({ accepted: 19_000, duplicates: 1_000 });
    expect(await count()).toBe(24_000);
  });
});

interface IngestAnswer {
  readonly ingest_seq: number;
  readonly accepted: number;
  readonly duplicates: number;
}

function eventOf(i: number): object {
  const time = new Date(Date.UTC(2025, 0, 1) + i * 60_000).toISOString();
  return { id: `event-${i}`, user: `user-${i % 97}`, event: 'click', time, properties: { n: i } };
}
