import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callHttp, type Method, type TestResponse } from '../../support/call-http.js';
import { startProgram, type Program } from '../../support/program.js';
import { until } from '../../support/until.js';

/** One backup of a Muster at work; what can be done with it is tried on restored folders. */
const root = mkdtempSync(join(tmpdir(), 'muster-backup-'));
const source = join(root, 'source');
const target = join(root, 'target');
const backup = join(root, 'backup');
const programs: Program[] = [];
let key = '';

function run(dataDir: string, ...command: string[]): Program {
  const program = startProgram({ MUSTER_DATA_DIR: dataDir, MUSTER_PORT: '0', MUSTER_LOG_LEVEL: 'info' }, ...command);
  programs.push(program);
  return program;
}

type Call = (method: Method, path: string, body?: unknown) => Promise<TestResponse>;

async function serving(dataDir: string): Promise<{ readonly program: Program; readonly call: Call }> {
  const program = run(dataDir, 'serve');
  const url = await program.ready;
  const call: Call = (method, path, body) =>
    callHttp(url, method, `/v1/properties/default${path}`, { headers: { authorization: `Bearer ${key}` }, body });
  return { program, call };
}

const day = (n: number): string => `2026-01-${String((n % 28) + 1).padStart(2, '0')}T10:00:00Z`;
/** Ten users; every second batch of ten repeats events of the batch before it, so that batches share identities. */
const batch = (n: number): object[] =>
  Array.from({ length: 10 }, (_, i) => {
    const id = `${n - (n % 2)}-${i}${n % 2 === 1 && i > 4 ? 'x' : ''}`;
    return { id, user: `u${i}`, event: 'visit', time: day(i), properties: { n: i } };
  });
const question = (name: string) => ({
  cohort: 'first',
  metric: 'event_count',
  params: { event: name },
  window: { kind: 'fixed', from: '2026-01-01', to: '2026-02-01' },
  as_of: '2026-03-01',
  aggregators: ['sum', 'mean', 'max'],
});

interface Answer {
  readonly id: string;
  readonly hash: string;
  readonly data_version: number;
  readonly aggregates: { readonly count: { readonly sum: number } };
}

const asked = async (call: Call, body: object): Promise<Answer> =>
  (await call('POST', '/requests?wait=60', body)).json();
const usersOf = async (call: Call, { id }: Answer): Promise<string> =>
  (await call('GET', `/requests/${id}/users`)).text;
interface Batch {
  readonly seq: number;
  readonly kind: string;
  readonly accepted: number;
  readonly deleted_at: string | null;
}
const listed = async (call: Call): Promise<Batch[]> =>
  (await call('GET', '/batches?limit=1000')).json<{ data: Batch[] }>().data;

/** Of the source, before and after the backup. */
let stored: Answer;
let storedUsers = '';
let ackedBefore = 0;
let uploadId = '';

beforeAll(async () => {
  chmodSync(root, 0o755);
  const first = run(source, 'serve');
  const url = await first.ready;
  key = readFileSync(join(source, 'admin-key'), 'utf8').trim();
  const call: Call = (method, path, body) =>
    callHttp(url, method, `/v1/properties/default${path}`, { headers: { authorization: `Bearer ${key}` }, body });
  for (let n = 0; n < 6; n += 1) expect((await call('POST', '/events', batch(n))).status).toBe(200);
  await call('POST', '/users', [{ user: 'u1', registered_at: '2025-01-01', traits: { plan: 'pro' } }]);
  await call('POST', '/cohorts', { name: 'first', static: { users: ['u1', 'u2', 'nobody'] } });
  stored = await asked(call, question('visit'));
  storedUsers = await usersOf(call, stored);
  const upload = await callHttp(url, 'POST', '/v1/properties/default/cohort-uploads?name=listed', {
    headers: { authorization: `Bearer ${key}`, 'content-type': 'text/plain' },
    body: 'u1\nu2\nnobody\n',
  });
  uploadId = upload.json<{ id: string }>().id;
  await call('GET', `/cohort-uploads/${uploadId}?wait=60`);
  // Batches come in from four senders, runs are asked for, while the backup is made.
  const sending = new AbortController();
  let next = 100;
  let acked = 0;
  const senders = Array.from({ length: 4 }, async () => {
    while (!sending.signal.aborted) {
      const answer = await call('POST', '/events', batch(next++));
      if (answer.status === 200) acked += 1;
      if (next % 10 === 0) await call('POST', '/requests', question(`visit${next}`));
    }
  });
  await until(() => acked > 5);
  ackedBefore = (await listed(call)).length;
  const killed = run(source, 'backup', backup);
  await until(() => existsSync(join(`${backup}.unfinished`, 'postgres')), 30_000, 1);
  await killed.end('SIGKILL');
  expect(existsSync(backup)).toBe(false);
  const made = run(source, 'backup', backup);
  expect([await made.ended, made.stderr()]).toEqual([0, '']);
  expect(made.stdout()).toContain(`The backup ${backup} holds everything up to `);
  sending.abort();
  await Promise.all(senders);
  expect((await listed(call)).length).toBeGreaterThan(ackedBefore);
  expect(await first.end('SIGTERM')).toBe(0);
}, 120_000);

afterAll(async () => {
  for (const program of programs) await program.end('SIGKILL');
  await until(() => tryToRemove(root));
});

function tryToRemove(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}

describe('a backup of a Muster at work', () => {
  it('takes the place of one that was killed, and leaves nothing beside it, nothing frozen, no key', () => {
    expect(readdirSync(root).filter((name) => name.startsWith('backup'))).toEqual(['backup']);
    expect(readdirSync(join(source, 'engine/data/shadow')).filter((name) => name.startsWith('muster'))).toEqual([]);
    expect(readFileSync(join(backup, 'postgres/api_keys.copy'), 'utf8')).not.toContain(key);
  });

  it('is not made over another one, nor within the data folder', async () => {
    for (const folder of [backup, join(source, 'inside')]) {
      const refused = run(source, 'backup', folder);
      expect([await refused.ended, refused.stderr()]).toEqual([78, expect.stringContaining(folder)]);
    }
  });
});

describe('a restore', () => {
  it('of a damaged backup names each file that is changed, missing or too much, and touches nothing', async () => {
    const manifest = readFileSync(join(backup, 'manifest.json'), 'utf8');
    const part = Object.keys(JSON.parse(manifest).files as object).find((path) => path.endsWith('/data.bin'))!;
    const whole = new Map([part, 'postgres/runs.copy'].map((path) => [path, readFileSync(join(backup, path))]));
    const flipped = Buffer.from(whole.get(part)!);
    flipped[flipped.length >> 1]! ^= 1;
    writeFileSync(join(backup, part), flipped);
    rmSync(join(backup, 'postgres/runs.copy'));
    writeFileSync(join(backup, 'stray'), '');
    const refused = run(target, 'restore', backup);
    expect(await refused.ended).toBe(65);
    const said = refused.stderr().trim().split('\n');
    expect(said.toSorted()).toEqual(
      [
        `The backup ${backup} is damaged, and nothing was restored:`,
        `${part} is not what was written: its SHA-256 differs`,
        'postgres/runs.copy is missing',
        'stray does not belong to the backup',
      ].toSorted(),
    );
    expect(existsSync(target)).toBe(false);
    rmSync(join(backup, 'stray'));
    for (const [path, bytes] of whole) writeFileSync(join(backup, path), bytes);
    appendFileSync(join(backup, 'manifest.json'), ' ');
    const changed = run(target, 'restore', '--check', backup);
    expect([await changed.ended, changed.stderr()]).toEqual([65, expect.stringContaining('manifest.json is not what')]);
    writeFileSync(join(backup, 'manifest.json'), manifest);
    const checked = run(target, 'restore', '--check', backup);
    expect([await checked.ended, checked.stdout()]).toEqual([0, expect.stringContaining('is whole')]);
    expect(existsSync(target)).toBe(false);
  });

  it('into a folder that holds anything is refused', async () => {
    const refused = run(source, 'restore', backup);
    expect([await refused.ended, refused.stderr()]).toEqual([78, expect.stringContaining('is not empty')]);
  });

  it('that is killed leaves a folder that does not start, and is begun anew', async () => {
    const killed = run(target, 'restore', backup);
    await until(() => existsSync(join(target, 'engine/engine.sock')), 60_000, 1);
    await killed.end('SIGKILL');
    const refused = run(target, 'serve');
    expect([await refused.ended, refused.stderr()]).toEqual([78, expect.stringContaining('has not come to its end')]);
    const again = run(target, 'restore', backup);
    expect([await again.ended, again.stderr()]).toEqual([0, '']);
    expect(again.stdout()).not.toContain('Look at property');
    expect(readdirSync(target)).not.toContain('restore-unfinished');
  });

  it('has every acknowledged batch, stored and new answers, and takes batches back exactly', async () => {
    const { call } = await serving(target);
    const again = (await call('GET', `/requests/${stored.id}`)).json<Answer>();
    expect(again.aggregates).toEqual(stored.aggregates);
    expect(await usersOf(call, stored)).toBe(storedUsers);
    expect((await call('GET', `/cohort-uploads/${uploadId}/rows`)).json<{ data: [] }>().data).toHaveLength(3);
    const judged = (await call('POST', `/cohort-uploads/${uploadId}/validate?wait=60`)).json<{ status: string }>();
    expect(judged.status).toBe('validated');

    // Batches that were open are ended within seconds.
    let now: Answer = stored;
    const everybody = { ...question('visit'), cohort: { all: true }, cache: 'refresh' };
    await until(async () => (now = await asked(call, everybody)).data_version >= ackedBefore, 30_000, 500);
    const sumOf = ({ aggregates }: Answer): number => aggregates.count.sum;
    const acceptedUpTo = async ({ data_version: last }: Answer): Promise<number> =>
      (await listed(call))
        .filter(({ seq, kind, deleted_at: gone }) => seq <= last && kind === 'events' && gone === null)
        .reduce((sum, { accepted }) => sum + accepted, 0);
    expect(sumOf(now)).toBe(await acceptedUpTo(now));

    expect((await call('DELETE', '/batches/1')).status).toBeLessThan(300);
    const without = await asked(call, everybody);
    expect(sumOf(without)).toBe(await acceptedUpTo(without));
  });
});

describe('the doctor', () => {
  const looked = async (
    dataDir: string,
  ): Promise<{ code: number | null; failed: [string, string][]; seen: string[] }> => {
    const program = run(dataDir, 'doctor', '--json');
    const code = await program.ended;
    const { findings } = JSON.parse(program.stdout()) as {
      findings: { what: string; state: string; advice?: string }[];
    };
    const failed = findings.filter(({ state }) => state === 'fail');
    return {
      code,
      failed: failed.map(({ what, advice = '' }) => [what, advice]),
      seen: findings.map(({ what }) => what),
    };
  };

  it('finds nothing wrong with a Muster that runs, and looks at everything', async () => {
    const { code, failed, seen } = await looked(target);
    expect([code, failed]).toEqual([0, []]);
    const all = [
      'node',
      'settings',
      'folder',
      'disk',
      'secrets',
      'database',
      'engine',
      'migrations',
      'ledger',
      'parts',
    ];
    expect(seen).toEqual(expect.arrayContaining(all));
  });

  it('takes the file of a process that was killed for no Muster that runs', async () => {
    writeFileSync(join(source, 'muster.pid'), '1\nlong ago\n');
    const { code, failed, seen } = await looked(source);
    expect([code, failed]).toEqual([0, []]);
    expect(seen).not.toContain('ledger');
  });

  it('tells what to do about a secret that others can read, and about a restore without an end', async () => {
    const password = join(target, 'postgres-password');
    chmodSync(password, 0o644);
    writeFileSync(join(target, 'restore-unfinished'), '');
    const { code, failed } = await looked(target);
    expect(code).toBe(1);
    expect(failed).toEqual([
      ['restore', expect.stringContaining('muster restore')],
      ['secrets', `Run "chmod 600 ${password}"`],
    ]);
  });
});
