import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startChild, type Child } from '../child-tracker.js';
import { startNaiveDoor } from '../naive-door.js';
import { OpenTrackers } from '../open-trackers.js';

const NOBODY = 65_534;
/** A process that is of another host by its name. */
const RENAMED = `import os from 'node:os';
  import { syncBuiltinESMExports } from 'node:module';
  os.hostname = () => 'elsewhere';
  syncBuiltinESMExports();`;
const ELSEWHERE = ['--import', `data:text/javascript,${encodeURIComponent(RENAMED)}`];

describe('the folder of a tracker', () => {
  let trackers: OpenTrackers;
  let child: Child | undefined;

  beforeEach(() => (trackers = new OpenTrackers()));

  afterEach(async () => {
    await child?.kill();
    child = undefined;
    await trackers.end();
  });

  it('that may grow no more refuses changes, keeps what was acknowledged, and goes on once there is room', async () => {
    const program = `
      const tracker = await open();
      const runs = tracker.statistic('runs');
      try {
        for (;;) await runs.add(1);
      } catch ({ code, cause }) {
        say('full ' + JSON.stringify([code, cause.code, runs.value]));
      }
      await runs.add(1).catch(({ code }) => say('still ' + code));
      await resumed();
      await runs.add(1);
      say('again ' + runs.value);
      await resumed();`;
    // 512 bytes each: a limit of the kernel on the size of files.
    const prefix = ['sh', '-c', 'ulimit -S -f 16; exec "$0" "$@"'];
    child = startChild(program, { folder: trackers.folder, prefix });
    const [code, system, value] = JSON.parse((await child.said('full')).slice(5)) as [string, string, number];
    expect([code, system, value > 5]).toEqual(['not_written', 'EFBIG', true]);
    expect(await child.said('still')).toBe('still not_written');
    execFileSync('prlimit', ['--pid', String(child.process.pid), '--fsize=unlimited:']);
    child.resume();
    expect(await child.said('again')).toBe(`again ${value + 1}`);
    await child.kill();
    expect((await trackers.open()).statistic('runs').value).toBe(value + 1);
  });

  /** Calls that nobody waits for, each of which is refused. */
  const UNATTENDED = `
    void runs.add(1);
    void runs.set(77);
    void units.set('si');
    void timer.stop();
    void timer.add(5);
    void save.reach('edit');
    void save.advanceTo('edit');
    void save.removeLast();
    void save.clear();
    void tracker.enable();
    void tracker.disable();`;
  const DECLARED = `
    const told = [];
    const tracker = await open({ onProblem: ({ code }) => void told.push(code) });
    const [runs, timer] = [tracker.statistic('runs'), tracker.timer('session')];
    const [units, save] = [tracker.state('units'), tracker.sequence('save', ['open', 'edit'])];
    timer.start();
    await save.reach('open');`;
  /** By then Node has ended a process whose rejections nobody has handled. */
  const ALIVE = `
    await runs.add(1).catch(() => undefined);
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
    say('alive ' + [told.length, ...new Set(told)].join(' '));
    await resumed();`;

  it('that has been closed ends no program that goes on to count and waits for nothing', async () => {
    child = startChild(`${DECLARED} await tracker.close(); timer.start(); ${UNATTENDED} ${ALIVE}`, trackers);
    expect(await child.said('alive')).toBe('alive 12 closed');
  });

  it('on a full disk ends no program that waits for nothing', async () => {
    const prefix = ['sh', '-c', 'ulimit -S -f 16; exec "$0" "$@"'];
    const filled = `for (let i = 0; i < 1000; i++) void runs.add(1); told.length = 0;`;
    child = startChild(`${DECLARED} ${filled} ${UNATTENDED} ${ALIVE}`, { folder: trackers.folder, prefix });
    expect(await child.said('alive')).toMatch(/^alive \d+ not_written$/);
  });

  it('on a disk that is full is told, is not in use afterwards, and has lost nothing', async () => {
    await (await trackers.open()).statistic('runs').add(5);
    await trackers.closeAll();
    // Room for the claim on the folder, and for no more than 512 bytes of the log.
    const prefix = ['sh', '-c', 'ulimit -S -f 1; exec "$0" "$@"'];
    const program = `await open().catch(({ code, cause }) => say('refused ' + code + ' ' + cause.code));
      await resumed();`;
    child = startChild(program, { folder: trackers.folder, prefix });
    expect(await child.said('refused')).toBe('refused folder_unwritable EFBIG');
    expect((await trackers.open()).statistic('runs').value).toBe(5);
  });

  it('that may not be written is told', async () => {
    mkdirSync(trackers.folder);
    chmodSync(trackers.folder, 0o555);
    // Root may write everywhere.
    const program = `if (process.getuid() === 0) process.seteuid(${NOBODY});
      await open().catch(({ code, cause }) => say('refused ' + code + ' ' + cause.code));
      await resumed();`;
    chmodSync(resolve(trackers.folder, '..'), 0o755);
    child = startChild(program, { folder: trackers.folder });
    expect(await child.said('refused')).toBe('refused folder_unwritable EACCES');
  });

  it('is of one process: the second is told', async () => {
    child = startChild(`const tracker = await open(); say('open'); await resumed();`, { folder: trackers.folder });
    await child.said('open');
    await expect(trackers.open()).rejects.toMatchObject({ code: 'folder_in_use' });
    await child.kill();
    await trackers.open();
    await expect(trackers.open()).rejects.toMatchObject({ code: 'folder_in_use' });
  });

  it('that was taken from a process that stood still acknowledges nothing of it any more', async () => {
    const program = `
      const tracker = await open();
      await tracker.statistic('runs').add(1);
      say('open');
      await resumed();
      await tracker.statistic('runs').add(10).catch(({ code }) => say('refused ' + code));
      await resumed();`;
    child = startChild(program, { folder: trackers.folder, node: ELSEWHERE });
    await child.said('open');
    stopForAMinute(child);
    const tracker = await trackers.open();
    await tracker.statistic('runs').add(2);
    child.resume();
    child.process.kill('SIGCONT');
    expect(await child.said('refused')).toBe('refused folder_taken');
    await trackers.closeAll();
    expect((await trackers.open()).statistic('runs').value).toBe(3);
  });

  it('that was taken from a process that stood still is written by it no more, also where it would write all anew', async () => {
    const program = `
      const tracker = await open({ maxPending: 10 });
      for (let i = 0; i < 10; i++) await tracker.statistic('runs').add(1);
      say('open');
      await resumed();
      await tracker.statistic('runs').add(10).catch(({ code }) => say('refused ' + code));
      await resumed();`;
    child = startChild(program, { folder: trackers.folder, node: ELSEWHERE });
    await child.said('open');
    stopForAMinute(child);
    await (await trackers.open()).statistic('runs').add(2);
    const path = join(trackers.folder, 'changes.log');
    const [{ ino }, bytes] = [statSync(path), readFileSync(path)];
    child.resume();
    child.process.kill('SIGCONT');
    expect(await child.said('refused')).toBe('refused folder_taken');
    expect([statSync(path).ino, readFileSync(path)]).toEqual([ino, bytes]);
  });

  it('is not taken from a process of this host that stands still', async () => {
    child = startChild(`const tracker = await open(); say('open'); await resumed();`, trackers);
    await child.said('open');
    stopForAMinute(child);
    await expect(trackers.open()).rejects.toMatchObject({ code: 'folder_in_use' });
  });

  function stopForAMinute({ process: stopped }: Child): void {
    stopped.kill('SIGSTOP');
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(join(trackers.folder, 'owner.pid'), longAgo, longAgo);
  }

  it('holds the right times where the clock is set back an hour: timers are right, and the last value is the last', async () => {
    const door = await startNaiveDoor();
    const program = `
      const tracker = await open();
      const timer = tracker.timer('session');
      await tracker.statistic('runs').add(1);
      timer.start();
      const now = Date.now;
      Date.now = () => now() - 3_600_000;
      await timer.stop();
      await tracker.statistic('runs').add(1);
      const { status } = await tracker.submit();
      say('done ' + JSON.stringify([timer.totalSeconds, status]));
      await resumed();`;
    const server = { url: door.url, key: 'muster_pk_x' };
    child = startChild(program, { folder: trackers.folder, server });
    const [seconds, status] = JSON.parse((await child.said('done')).slice(5)) as [number, string];
    await door.close();
    expect([status, seconds > 0, seconds < 60]).toEqual(['accepted', true, true]);
    const sorted = door.events.toSorted((a, b) => (a.time + a.id < b.time + b.id ? -1 : 1));
    expect(sorted.at(-1)).toMatchObject({ event: '$statistic', properties: { value: 2 } });
  });
});
