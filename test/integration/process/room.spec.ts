import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProgram, type Program } from '../../support/program.js';
import { PACKAGE_ROOT } from '../../support/source-files.js';
import { callHttp, type Method } from '../../support/call-http.js';

const root = mkdtempSync(join(tmpdir(), 'muster-room-'));
const dataDir = join(root, 'data');
let programs: Program[] = [];

beforeAll(() => chmodSync(root, 0o755));

afterEach(async () => {
  for (const program of programs) await program.end('SIGTERM');
  programs = [];
});

afterAll(() => rmSync(root, { recursive: true }));

function start(env: Record<string, string>): Program {
  const program = startProgram({ MUSTER_PORT: '0', ...env });
  programs.push(program);
  return program;
}

async function statusOf(url: string): Promise<number> {
  return (await callHttp(url, 'GET', '')).status;
}

describe('a start without room', () => {
  it('with too few open files names the number that is needed, before anything else', () => {
    const main = join(PACKAGE_ROOT, 'dist/muster/main.js');
    for (const limit of [40, 400]) {
      const { status, stderr } = spawnSync('sh', ['-c', `ulimit -n ${limit}; exec "$0" "$1"`, process.execPath, main], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], MUSTER_DATA_DIR: dataDir },
      });
      expect([status, stderr]).toEqual([
        78,
        expect.stringMatching(/^This process may have \d+ files .* needs 1024: .*\n$/),
      ]);
    }
    expect(existsSync(dataDir)).toBe(false);
  });

  it('on a disk with less room than the reserve says so in one line, and leaves nothing', async () => {
    const folder = join(root, 'no-room');
    const program = start({ MUSTER_DATA_DIR: folder, MUSTER_DISK_RESERVE_MB: '1000000000' });
    expect(await program.ended).toBe(74);
    expect(program.stderr()).toMatch(/^The disk of the data folder .*, less than the reserve .*\n$/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

// A real disk that is really full: needs root, for the mount. MUSTER_TEST_SMALL_DISK=1.
if (process.env['MUSTER_TEST_SMALL_DISK'] === '1') {
  describe('a disk of 700 MB', () => {
    const disk = join(root, 'disk');
    const ballast = join(disk, 'ballast');
    const sh = (command: string): void => expect(spawnSync('sh', ['-c', command], { stdio: 'inherit' }).status).toBe(0);
    /** Leaves so much room. */
    const fill = (leftMb: number): void =>
      sh(
        `rm -f ${ballast}; free=$(df -m --output=avail ${disk} | tail -1); head -c $(( (free - ${leftMb}) * 1048576 )) /dev/zero >${ballast} || true`,
      );
    beforeAll(() => {
      mkdirSync(disk);
      sh(`mount -t tmpfs -o size=700m,mode=755 tmpfs ${disk}`);
    });
    afterAll(() => sh(`umount ${disk}`));

    const begin = async (env: Record<string, string>) => {
      const program = start({ MUSTER_DATA_DIR: join(disk, 'data'), ...env });
      const url = await program.ready;
      const key = readFileSync(join(disk, 'data/admin-key'), 'utf8').trim();
      const call = async (method: Method, path: string, body?: unknown) => {
        const headers = { authorization: `Bearer ${key}` };
        const answer = await callHttp(url, method, `/v1/properties/default${path}`, { headers, body });
        const { text } = answer;
        const reported = text ? (JSON.parse(text) as { code?: string; duplicates?: number }) : {};
        return { status: answer.status, code: reported.code, duplicates: reported.duplicates };
      };
      return { program, url, call };
    };
    const events = (name: string, count = 1000) =>
      Array.from({ length: count }, (_, i) => ({
        user: `u${i}`,
        event: name,
        time: '2026-01-01T00:00:00Z',
        id: `${name}-${i}`,
      }));
    const question = {
      cohort: { all: true },
      metric: 'event_count',
      params: { event: 'a' },
      window: { kind: 'fixed', from: '2026-01-01', to: '2026-01-02' },
    };

    it('refuses writes below the reserve and goes on when there is room again', async () => {
      const { program, url, call } = await begin({ MUSTER_DISK_RESERVE_MB: '150' });
      const seen: unknown[] = [
        await call('POST', '/events', events('a')),
        await call('POST', '/requests?wait=30', question),
      ];
      await call('POST', '/cohorts', { name: 'c', static: { users: ['u1'] } });
      fill(100);
      await sleep(1500);
      seen.push(
        await call('POST', '/events', events('b')),
        await call('POST', '/requests', question),
        await call('DELETE', '/cohorts/c'),
      );
      const ready = await statusOf(`${url}/readyz`);
      fill(400);
      await sleep(1500);
      seen.push(await call('POST', '/events', events('b')), await statusOf(`${url}/readyz`), ready);
      expect(seen).toMatchObject([
        { status: 200 },
        { status: 200 },
        { status: 507, code: 'storage_full' },
        { status: 200 },
        { status: 204 },
        { status: 200 },
        200,
        503,
      ]);
      await program.end('SIGTERM');
    }, 120_000);

    it('answers 507 where there is no reserve, says at a start that nothing is written, and loses nothing that was acknowledged', async () => {
      const { program, call } = await begin({ MUSTER_DISK_RESERVE_MB: '0' });
      fill(4);
      const seen: { status: number; code: string | undefined }[] = [];
      for (let i = 0; i < 40; i += 1) seen.push(await call('POST', '/events', events(`full-${i}`, 5000)));
      const acknowledged = seen.flatMap(({ status }, i) => (status === 200 ? [i] : []));
      expect(seen.every(({ status }) => status === 200 || status === 507 || status === 503)).toBe(true);
      expect(acknowledged.length).toBeGreaterThan(0);
      expect(acknowledged.length).toBeLessThan(40);
      fill(0);
      await program.end('SIGTERM');
      const last = await begin({ MUSTER_DISK_RESERVE_MB: '150' });
      expect(last.program.stdout()).toMatch(/"event":"storage_full".*less than the reserve of 150 MB/);
      expect(await last.call('POST', '/events', events('x'))).toMatchObject({ status: 507, code: 'storage_full' });
      expect(await statusOf(`${last.url}/readyz`)).toBe(503);
      fill(400);
      await sleep(1500);
      for (const i of acknowledged) {
        const repeated = await last.call('POST', '/events', events(`full-${i}`, 5000));
        expect(repeated).toMatchObject({ status: 200, duplicates: 5000 });
      }
      await last.program.end('SIGTERM');
    }, 240_000);

    it('says so when the folder is gone, and at a start when it is read-only', async () => {
      const { program, url, call } = await begin({ MUSTER_DISK_RESERVE_MB: '0' });
      sh(`mv ${disk}/data ${disk}/elsewhere`);
      await sleep(1500);
      expect([(await call('POST', '/events', events('ro'))).code, await statusOf(`${url}/readyz`)]).toEqual([
        'storage_unavailable',
        503,
      ]);
      sh(`mv ${disk}/elsewhere ${disk}/data`);
      await program.end('SIGTERM');
      sh(`mount -o remount,ro ${disk}`);
      const again = start({ MUSTER_DATA_DIR: join(disk, 'data') });
      expect(await again.ended).toBe(78);
      expect(again.stderr()).toMatch(/^The data folder .* cannot be used: EROFS.*\n$/);
      sh(`mount -o remount,rw ${disk}`);
    }, 120_000);
  });
}
