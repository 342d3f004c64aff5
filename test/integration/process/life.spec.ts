import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf } from '@muster/embedded-stores';
import { until } from '../../support/until.js';
import { startProgram, type Program } from '../../support/program.js';
import type { CurrentSessionDto } from '../../../src/accounts/sessions/session.dto.js';
import { callHttp, type TestResponse } from '../../support/call-http.js';

/** Made once: most of the time of a first start goes into the creation of what the later ones find. */
const root = mkdtempSync(join(tmpdir(), 'muster-life-'));
const dataDir = join(root, 'data');
let programs: Program[] = [];

beforeAll(() => chmodSync(root, 0o755));

afterEach(async () => {
  for (const program of programs) await program.end('SIGTERM');
  programs = [];
  expect(processesOf(root)).toEqual([]);
});

afterAll(() => rmSync(root, { recursive: true }));

function start(env: Record<string, string> = {}, ...command: string[]): Program {
  const program = startProgram({ MUSTER_DATA_DIR: dataDir, MUSTER_PORT: '0', ...env }, ...command);
  programs.push(program);
  return program;
}

/** Commands of every running process that works on the folder. */
function processesOf(folder: string): string[] {
  const commands = readdirSync('/proc').map((pid) => (/^\d+$/.test(pid) ? commandOf(Number(pid)) : undefined));
  return commands.filter((command) => command?.includes(folder)).map(String);
}

const postgresPid = (): number =>
  Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);

async function statusOf(url: string): Promise<number> {
  return (await callHttp(url, 'GET', '')).status;
}

describe('a start', () => {
  it('with problems in the configuration tells them all and touches nothing', async () => {
    const program = start({
      MUSTER_PORT: 'http',
      MUSTER_FSYNC: 'maybe',
      MUSTER_DATA_DRI: 'x',
      DATABASE_URL: 'postgres://u:hunter2@/d',
    });
    expect(await program.ended).toBe(78);
    const lines = program.stderr().trim().split('\n');
    expect(lines.map((line) => line.split(' ', 1)[0]).toSorted()).toEqual([
      'DATABASE_URL',
      'MUSTER_DATA_DRI',
      'MUSTER_FSYNC',
      'MUSTER_PORT',
    ]);
    expect(program.stderr()).not.toContain('hunter2');
    expect(existsSync(dataDir)).toBe(false);
  });

  it('on a folder in use says so, and leaves the one that runs alone', async () => {
    const first = start();
    const url = await first.ready;
    const second = start();
    expect(await second.ended).toBe(75);
    expect(second.stderr()).toContain(`in use by the Muster process ${first.pid}`);
    expect(await statusOf(`${url}/readyz`)).toBe(200);
    expect(await first.end('SIGTERM')).toBe(0);
    expect(readdirSync(dataDir)).not.toContain('muster.pid');
  });

  it('below a folder that PostgreSQL’s user cannot enter names the folder', async () => {
    const closed = join(root, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const program = start({ MUSTER_DATA_DIR: join(closed, 'data') });
    if (process.getuid?.() !== 0) return void (await program.ready);
    expect(await program.ended).toBe(78);
    expect(program.stderr()).toContain(`run "chmod o+x ${closed}"`);
    expect(existsSync(join(closed, 'data/engine'))).toBe(false);
  });

  it('on an address that is taken says so and takes back what it started', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const program = start({ MUSTER_PORT: String(port) });
    expect(await program.ended).toBe(69);
    expect(program.stderr()).toContain(`127.0.0.1:${port} is taken by another program`);
    expect(processesOf(dataDir)).toEqual([]);
    other.close();
  });
});

describe('the admin key', () => {
  it('stands in its file and in no line of the log; where it is lost, another takes its place', async () => {
    const folder = join(root, 'keyed');
    const env = { MUSTER_DATA_DIR: folder, MUSTER_LOG_LEVEL: 'trace' };
    const file = join(folder, 'admin-key');
    const listed = async (url: string, key: string): Promise<number> =>
      (await callHttp(url, 'GET', '/v1/properties', { headers: { authorization: `Bearer ${key}` } })).status;
    const first = start(env);
    const url = await first.ready;
    const lost = readFileSync(file, 'utf8').trim();
    expect(await listed(url, lost)).toBe(200);
    expect(await first.end('SIGTERM')).toBe(0);
    expect(first.stdout()).toContain(`The admin key is in the file ${file}`);
    expect(first.stdout() + first.stderr()).not.toContain(lost);
    rmSync(file);
    const replacing = start(env, 'key');
    expect(await replacing.ended).toBe(0);
    const key = readFileSync(file, 'utf8').trim();
    expect(replacing.stdout()).toContain(file);
    expect(replacing.stdout()).not.toContain(key);
    const again = start(env);
    const at = await again.ready;
    expect(await Promise.all([lost, key].map((sent) => listed(at, sent)))).toEqual([401, 200]);

    // Of a program that runs too: it refuses the one before from the next call on.
    expect(await start(env, 'key').ended).toBe(0);
    expect([await listed(at, key), await listed(at, readFileSync(file, 'utf8').trim())]).toEqual([401, 200]);
    const inviting = start(env, 'owner', 'ann@example.org');
    expect(await inviting.ended).toBe(0);
    const token = inviting.stdout().trim().split('\n').at(-1);
    const body = { token, email: 'ann@example.org', password: 'four words of a password' };
    const accepted = await callHttp(at, 'POST', '/v1/invitations/accept', { body });
    expect([accepted.status, accepted.json<CurrentSessionDto>().accounts[0]?.role]).toEqual([200, 'owner']);
  });
});

describe('the key of secrets', () => {
  it('is made by the first start, put in place of another while the program runs, and missed where it is lost', async () => {
    const folder = join(root, 'keyed');
    const env = { MUSTER_DATA_DIR: folder };
    const running = start(env);
    const at = await running.ready;
    const keyFile = join(folder, 'secret-key');
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const before = readFileSync(keyFile, 'utf8');
    const headers = { authorization: `Bearer ${readFileSync(join(folder, 'admin-key'), 'utf8').trim()}` };
    const client = {
      name: 'a',
      issuer: 'https://login.invalid',
      client_id: 'a',
      client_secret: 'the secret of a client',
    };
    const made = await callHttp(at, 'POST', '/v1/account/providers', { headers, body: client });
    const { id } = made.json<{ id: string }>();
    const rotating = start(env, 'secrets', 'rotate');
    expect(await rotating.ended).toBe(0);
    expect(rotating.stdout()).toContain('1 secrets are encrypted by the key ');
    const after = readFileSync(keyFile, 'utf8');
    expect([after === before, after.trim().split('\n').length]).toEqual([false, 1]);
    const signingIn = (): Promise<TestResponse> => callHttp(at, 'GET', `/v1/providers/${id}/sign-in`);
    // It is read: that the provider is not there is found out later.
    expect((await signingIn()).json()).toMatchObject({ code: 'provider_unavailable' });
    const audit = await callHttp(at, 'GET', '/v1/account/audit?action=secrets.rotate', { headers });
    expect(audit.json<{ data: object[] }>().data).toHaveLength(1);
    writeFileSync(keyFile, before, { mode: 0o600 });
    expect((await signingIn()).json()).toMatchObject({ code: 'secret_unreadable' });
    const doctor = start(env, 'doctor');
    expect(await doctor.ended).toBe(1);
    expect(doctor.stdout()).toMatch(/FAIL {2}secret key +1 secrets are encrypted by the key [0-9a-f]{16}/);
    expect(await start(env, 'secrets', 'rotate').ended).toBe(1);
    expect(await running.end('SIGTERM')).toBe(0);
    const wrong = start(env);
    await wrong.ready;
    expect(await wrong.end('SIGTERM')).toBe(0);
    expect(wrong.stdout()).toContain('which is not here');
  });
});

describe('an end', () => {
  it('by a signal during the start is an orderly one', async () => {
    const program = start();
    while (!existsSync(join(dataDir, 'muster.pid'))) await sleep(5);
    expect(readFileSync(join(dataDir, 'muster.pid'), 'utf8')).toMatch(new RegExp(`^${program.pid}\n`));
    expect(await program.end('SIGINT')).toBe(0);
    expect(processesOf(dataDir)).toEqual([]);
    expect(readdirSync(dataDir)).not.toContain('muster.pid');
  });

  it('by a second signal comes at once, and leaves no process either', async () => {
    const program = start();
    const unfinished = connect(Number(new URL(await program.ready).port), '127.0.0.1');
    unfinished.on('error', () => undefined).write('GET /livez HTTP/1.1\r\n');
    await sleep(200);
    const first = program.end('SIGTERM');
    await sleep(1_000);
    expect(processesOf(dataDir)).not.toEqual([]);
    await program.end('SIGTERM');
    expect(await first).toBe(143);
    for (const end = Date.now() + 5_000; processesOf(dataDir).length > 0 && Date.now() < end;) await sleep(20);
    expect(processesOf(dataDir)).toEqual([]);
  });
});

describe('after a kill -9', () => {
  /** What is there when the start has come so far. */
  const MOMENTS: Readonly<Record<string, (folder: string) => boolean>> = {
    'while PostgreSQL makes its data': (folder) =>
      namesIn(join(folder, 'postgres')).some((name) => name.includes('.new-')),
    'while the engine opens its data': (folder) => existsSync(join(folder, 'engine/engine.xml')),
    'while PostgreSQL starts': (folder) => existsSync(join(folder, 'postgres/data/postmaster.pid')),
    'while the tables are made': (folder) => existsSync(join(folder, 'engine/engine.sock')),
  };
  const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

  it('at any moment of the start, the next one succeeds, and nothing else is left running', async () => {
    const folder = join(root, 'killed');
    for (const [moment, isThere] of Object.entries(MOMENTS)) {
      const program = start({ MUSTER_DATA_DIR: folder });
      await until(() => isThere(folder) || program.stderr() !== '', 60_000, 1);
      expect([moment, program.stderr()]).toEqual([moment, '']);
      await program.end('SIGKILL');
    }
    const last = start({ MUSTER_DATA_DIR: folder });
    expect(await statusOf(`${await last.ready}/readyz`)).toBe(200);
    expect(processesOf(folder).filter((command) => command.includes('engine-process.js'))).toHaveLength(1);
    expect(namesIn(join(folder, 'postgres')).filter((name) => name.includes('.new'))).toEqual([]);
    expect(await last.end('SIGTERM')).toBe(0);
    expect(processesOf(folder)).toEqual([]);
  }, 120_000);

  // More of the same at random moments: MUSTER_TEST_CRASH_LOOPS=10.
  const loops = Number(process.env['MUSTER_TEST_CRASH_LOOPS'] ?? 0);
  for (let loop = 1; loop <= loops; loop += 1) {
    it(`twenty times at random moments of the start, the next one succeeds (loop ${loop})`, async () => {
      const folder = join(root, `loop-${loop}`);
      for (let kill = 0; kill < 20; kill += 1) {
        const program = start({ MUSTER_DATA_DIR: folder });
        await sleep(200 + Math.random() * 6_000);
        await program.end('SIGKILL');
        expect(program.stderr()).toBe('');
      }
      const last = start({ MUSTER_DATA_DIR: folder });
      expect(await statusOf(`${await last.ready}/readyz`)).toBe(200);
      expect(await last.end('SIGTERM')).toBe(0);
      expect(processesOf(folder)).toEqual([]);
    }, 300_000);
  }

  it('of Muster, the next start goes on with the same PostgreSQL', async () => {
    const first = start();
    await first.ready;
    const server = postgresPid();
    await first.end('SIGKILL');
    const second = start();
    expect(await statusOf(`${await second.ready}/readyz`)).toBe(200);
    expect(postgresPid()).toBe(server);
  });

  it('of PostgreSQL, Muster becomes ready again by itself', async () => {
    const program = start();
    const url = await program.ready;
    const server = postgresPid();
    process.kill(server, 'SIGKILL');
    const seen = new Set<number>();
    for (const end = Date.now() + 20_000; Date.now() < end && !(seen.has(503) && seen.has(200)); await sleep(20)) {
      const status = await statusOf(`${url}/readyz`);
      if (status === 503 || seen.has(503)) seen.add(status);
    }
    expect(seen).toEqual(new Set([503, 200]));
    expect(postgresPid()).not.toBe(server);
    expect(await program.end('SIGTERM')).toBe(0);
  });
});
