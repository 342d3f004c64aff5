import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Child, childOf, COMMAND } from '../child-tracker.js';
import { LocalClient } from '../local-client.js';
import { startNaiveDoor } from '../naive-door.js';

/** So many processes are killed. */
const ROUNDS = 4;
const AT_ONCE = 8;

describe('muster-app-tracker', () => {
  let base: string;
  let child: Child | undefined;
  let client: LocalClient | undefined;
  const application = { name: 'editor', version: '1.0.0' };

  beforeEach(() => (base = mkdtempSync(join(tmpdir(), 'muster-command-'))));
  afterEach(async () => {
    client?.close();
    await child?.kill();
    child = undefined;
    rmSync(base, { recursive: true, force: true });
  });

  function configured(options: object = {}): string {
    const path = join(base, 'usage.json');
    writeFileSync(path, JSON.stringify({ folder: 'usage', application, submitEvery: null, ...options }));
    return path;
  }

  async function started(config: string): Promise<LocalClient> {
    child = childOf([process.execPath, COMMAND, '--config', config, '--port', '0']);
    const [, url = ''] = /on (\S+),/.exec(await child.said('Listening')) ?? [];
    client?.close();
    client = new LocalClient(url, readFileSync(join(base, 'usage/token'), 'utf8').trim());
    return client;
  }

  /** How another process ends. */
  async function ended(...words: readonly string[]): Promise<readonly [code: unknown, said: string]> {
    return new Promise((resolve) => {
      execFile(process.execPath, [COMMAND, ...words], (error, _, said) => resolve([error?.code ?? 0, said]));
    });
  }

  it('tells a second process on its folder, ends on SIGTERM, and has everything on the disk', async () => {
    const config = configured();
    const first = await started(config);
    expect(statSync(join(base, 'usage/token')).mode & 0o777).toBe(0o600);
    await first.call('POST', '/statistics', { name: 'runs' });
    await first.call('POST', '/timers', { name: 'task' });
    await first.call('PUT', '/timers/task/start');
    const [code, said] = await ended('--config', config, '--port', '0');
    expect([code, said]).toEqual([75, expect.stringContaining(`folder_in_use: The folder ${join(base, 'usage')}`)]);
    const running = child as Child;
    const last = Promise.all(Array.from({ length: 20 }, () => first.call('PUT', '/statistics/runs/increment')));
    await first.call('GET', '/');
    const exit = once(running.process, 'exit');
    running.process.kill('SIGTERM');
    expect((await last).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(await exit).toEqual([0, null]);
    const next = await started(config);
    expect((await next.call('GET', '/statistics/runs')).json.value).toBe(20);
    expect((await next.call('GET', '/timers/task')).json).toMatchObject({ changes: 1, is_started: false });
  });

  it('says what is wrong with its command line, its file, its token and its address', async () => {
    const config = configured();
    const door = await startNaiveDoor();
    try {
      expect(await ended('--config', config, '--port', new URL(door.url).port)).toEqual([
        69,
        expect.stringContaining('EADDRINUSE'),
      ]);
    } finally {
      await door.close();
    }
    chmodSync(join(base, 'usage/token'), 0o644);
    expect(await ended('--config', config)).toEqual([78, expect.stringContaining('Others may read')]);
    expect(await ended('--config', configured({ colour: 1 }))).toEqual([78, expect.stringContaining('colour')]);
    expect(await ended('--port', '70000', '--config', config)).toEqual([64, expect.stringContaining('--port')]);
    expect(await ended('--host', 'example.org', '--config', config)).toEqual([64, expect.stringContaining('--host')]);
  });

  it('killed in the middle of calls has all that it acknowledged, and counts nothing twice', async () => {
    const door = await startNaiveDoor();
    const config = configured({ server: { url: door.url, key: 'muster_pk_x' }, submitEvery: 5, checkEvery: 5 });
    /** Calls of `many` that were answered and that were sent; `once` is sent again until it is known to be made. */
    let [answered, sent, steps] = [0, 0, 0];
    let tag: string | undefined;
    const made = async (own: LocalClient): Promise<void> => {
      tag ??= String((await own.call('GET', '/statistics/once')).headers['etag']);
      const { status } = await own.call('PUT', '/statistics/once/increment', {}, { 'if-match': tag });
      expect([200, 412]).toContain(status);
      [steps, tag] = [steps + 1, undefined];
    };
    const many = async (own: LocalClient): Promise<void> => {
      sent++;
      expect((await own.call('PUT', '/statistics/many/increment')).status).toBe(200);
      answered++;
    };
    /** Until the process is killed. */
    const again = async (call: () => Promise<void>): Promise<void> => {
      for (;;) await call();
    };
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const own = await started(config);
        for (const name of ['many', 'once']) await own.call('POST', '/statistics', { name });
        const calls = [again(() => made(own)), ...Array.from({ length: AT_ONCE }, () => again(() => many(own)))];
        const lost = Promise.allSettled(calls);
        const [until, first] = [answered + 5 + Math.floor(Math.random() * 60), steps];
        const isFarEnough = (): boolean => answered >= until && steps > first;
        while (!isFarEnough()) await wait(2);
        await child?.kill();
        // Every one of them met the end of the process, and nothing else.
        for (const { reason } of (await lost) as PromiseRejectedResult[]) expect(reason).toHaveProperty('code');
      }
      const own = await started(config);
      if (tag !== undefined) await made(own);
      const value = async (name: string): Promise<number> =>
        (await own.call('GET', `/statistics/${name}/value`)).json.value;
      expect(await value('once')).toBe(steps);
      const total = await value('many');
      expect(total).toBeGreaterThanOrEqual(answered);
      expect(total).toBeLessThanOrEqual(sent);
      while ((await own.call('GET', '/')).json.pending > 0) await own.call('POST', '/submit');
      const changes = (name: string): unknown[] =>
        door.events
          .filter(({ properties }) => properties['name'] === name)
          .map(({ properties }) => properties['change']);
      expect(changes('many')).toEqual(Array.from({ length: total }, () => 1));
      expect(changes('once')).toEqual(Array.from({ length: steps }, () => 1));
    } finally {
      await door.close();
    }
  });
});
