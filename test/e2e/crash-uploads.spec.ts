import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { memberSetHash } from '../../src/core/cohort/member-set-hash.js';
import { type RunningMuster, runMuster } from '../support/running-muster.js';
import { until } from '../support/until.js';

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
  const call = (path: string, body?: string, type = 'text/plain'): Promise<Response> =>
    fetch(`${muster.url}/v1/properties/default${path}`, {
      headers: { authorization: `Bearer ${muster.adminKey}`, 'content-type': type },
      ...(body !== undefined && { method: 'POST', body }),
    });
  const uploads = async (): Promise<Upload[]> => {
    const { data } = (await (await call('/cohort-uploads')).json()) as { data: Upload[] };
    return data;
  };
  const finish = (id: string): Promise<Response> =>
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
    const { data } = (await (await call('/cohorts')).json()) as { data: { size: number }[] };
    expect([[], [300_000]]).toContainEqual(data.map(({ size }) => size));
    const answer = await finish(upload?.id ?? '');
    const { hash } = memberSetHash(USERS);
    expect(await answer.json()).toMatchObject({ size: 300_000, version: 1, hash });
    const page = (await (await call('/cohorts/list/members?limit=1000')).json()) as { data: { user: string }[] };
    expect(page.data.map(({ user }) => user)).toEqual(USERS.toSorted().slice(0, 1000));
  });
});
