import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { AppTracker } from '../../src/index.js';
import { lineOf } from '../../src/storage/log-line.js';
import type { LogRecord } from '../../src/storage/records.js';
import { OpenTrackers } from '../open-trackers.js';

describe('the folder of a tracker', () => {
  let trackers: OpenTrackers;
  let path: string;

  beforeEach(() => {
    trackers = new OpenTrackers();
    path = join(trackers.folder, 'changes.log');
  });
  afterEach(async () => trackers.end());

  async function counted(...additions: readonly number[]): Promise<void> {
    const tracker = await trackers.open();
    for (const by of additions) await tracker.statistic('runs').add(by);
    await tracker.state('units').set('us');
    await trackers.closeAll();
  }

  function keptAside(): string[] {
    return readdirSync(trackers.folder).filter((name) => name.includes('damaged'));
  }

  it.each([
    ['a bit has changed', (bytes: Buffer) => bytes.fill(bytes.readUInt8(300) ^ 1, 300, 301)],
    ['zeros stand', (bytes: Buffer) => bytes.fill(0, 200, 700)],
    ['nothing is right', (bytes: Buffer) => bytes.fill('x\n')],
  ])('in whose file %s keeps it aside, tells, and goes on', async (what, damage) => {
    await counted(1, 2, 3, 4, 5);
    const bytes = readFileSync(path);
    damage(bytes);
    writeFileSync(path, bytes);
    const tracker = await trackers.open();
    expect(trackers.codes()).toEqual(['damaged_file']);
    expect(readFileSync(join(trackers.folder, keptAside()[0] ?? ''))).toEqual(bytes);
    // Every change says what it has come to: what comes after the damage is right.
    const isAllGone = what.startsWith('nothing');
    expect([tracker.statistic('runs').value, tracker.state('units').value]).toEqual(isAllGone ? [0, null] : [15, 'us']);
    await tracker.statistic('runs').add(1);
    await trackers.closeAll();
    expect((await trackers.open()).statistic('runs').value).toBe(isAllGone ? 1 : 16);
    expect([trackers.codes().length, keptAside().length]).toEqual([1, 1]);
  });

  it('keeps three damaged files, and no more', async () => {
    await counted(1);
    for (let i = 0; i < 5; i++) {
      writeFileSync(path, `${readFileSync(path, 'utf8')}no line\n`);
      await trackers.open();
      await trackers.closeAll();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(keptAside().length).toBe(3);
  });

  it('passes over the end of a line that was being written, and takes the next', async () => {
    await counted(1, 2);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.slice(0, -10));
    const tracker = await trackers.open();
    expect(trackers.problems).toEqual([]);
    await tracker.statistic('runs').add(1);
    expect(tracker.statistic('runs').value).toBe(4);
  });

  it('stays small: its file is written anew without what is of no use any more', async () => {
    const tracker = await trackers.open({ historyLength: 10, maxPending: 1_000 });
    for (let i = 0; i < 10_000; i++) void tracker.statistic('runs').add(1);
    await tracker.statistic('runs').add(1);
    expect(readFileSync(path).length).toBeLessThan(300_000);
    await trackers.closeAll();
    expect((await trackers.open()).statistic('runs').value).toBe(10_001);
  });

  it('whose file another has replaced has all of it again at once where something is added, else within seconds', async () => {
    const tracker = await trackers.open();
    const older = readFileSync(path);
    const replaced = (): void => {
      writeFileSync(`${path}.other`, older);
      renameSync(`${path}.other`, path);
    };
    await tracker.statistic('runs').add(5);
    replaced();
    await tracker.statistic('runs').add(1);
    expect(readFileSync(path, 'utf8')).toContain('"value":6');
    replaced();
    while (!readFileSync(path, 'utf8').includes('"value":6')) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('whose disk fails after the write has made the change, and keeps it with the next one', async () => {
    const tracker = await trackers.open();
    const runs = tracker.statistic('runs');
    await tracker.enable();
    // The file is gone, and none can take its place.
    rmSync(path);
    mkdirSync(`${path}.new`);
    await expect(runs.add(5)).rejects.toMatchObject({ code: 'not_safe' });
    expect([runs.value, tracker.pending]).toEqual([5, 1]);
    rmdirSync(`${path}.new`);
    await runs.add(1);
    await trackers.closeAll();
    expect((await trackers.open()).statistic('runs').value).toBe(6);
    expect(trackers.codes()).toEqual(['not_safe']);
  });

  it.each([
    ['a record', { later: 1 }],
    ['a header', { header: { version: 2, installation: 'x', user: null, created: 0 } }],
  ])('with %s of a later version is refused, and left as it is', async (_, record) => {
    await counted(1);
    writeFileSync(path, readFileSync(path, 'utf8') + lineOf(record as unknown as LogRecord));
    const bytes = readFileSync(path);
    await expect(trackers.open()).rejects.toMatchObject({ code: 'other_version' });
    expect(readFileSync(path)).toEqual(bytes);
  });

  it('that is gone can be closed', async () => {
    const tracker = await trackers.open();
    rmSync(trackers.folder, { recursive: true });
    await tracker.close();
    await expect(tracker.statistic('runs').add()).rejects.toMatchObject({ code: 'closed' });
  });

  it('is of one user, who may be named later', async () => {
    await (await trackers.open({ user: undefined })).statistic('runs').add();
    await trackers.closeAll();
    await trackers.open({ user: 'anna' });
    await trackers.closeAll();
    await expect(trackers.open({ user: 'ben' })).rejects.toMatchObject({ code: 'other_user' });
    expect((await trackers.open({ user: undefined })).statistic('runs').value).toBe(1);
  });

  it.each([
    ['is of a process that stands still, which began when it says', 0, 'folder_in_use'],
    ['is of a process that is no more, whose pid another has', 60_000, undefined],
  ])('%s, also where there is no /proc', async (_, earlierMs, code) => {
    const other = spawn('sleep', ['60']);
    try {
      await once(other, 'spawn');
      const owner = { host: hostname(), pid: other.pid, started: Date.now() - earlierMs, id: 'x' };
      mkdirSync(trackers.folder, { recursive: true });
      writeFileSync(join(trackers.folder, 'owner.pid'), JSON.stringify(owner));
      const aMinuteAgo = new Date(Date.now() - 60_000);
      utimesSync(join(trackers.folder, 'owner.pid'), aMinuteAgo, aMinuteAgo);
      const opened = trackers.open();
      if (code === undefined) await opened;
      else await expect(opened).rejects.toMatchObject({ code });
    } finally {
      other.kill();
    }
  });

  it('keeps what runs before have left, under its names', async () => {
    const tracker = await trackers.open();
    tracker.statistic('runs', { description: 'Starts, "all"' });
    await tracker.timer('session').add(90);
    await tracker.sequence('save', ['open', 'edit']).advanceTo('edit');
    await trackers.closeAll();
    const next = await trackers.open({ maxTrackables: 4 });
    expect(next.get('session')).toMatchObject({ kind: 'timer', totalSeconds: 90 });
    expect([next.statistics.length, next.states.length, next.timers.length, next.sequences.length]).toEqual([
      1, 0, 1, 1,
    ]);
    expect(next.toCsv({ orderBy: 'name' })).toBe(
      'Name,Type,Value,Description\r\nruns,Statistic,0,"Starts, ""all"""\r\nsave,Sequence,1,\r\nsession,Timer,90,\r\n',
    );
    expect(next.toCsv()).toMatch(/^Name.*\r\nsave,Sequence,1,\r\nruns,Statistic/);
    expect(next.toReport()).toContain('save,,open-->edit,1\r\n');
    expect(next.toReport({ digits: 2 })).toContain('session,,90,90,1.5,0.025,0.001\r\n');
    // A release may give a name to another kind; a run may not.
    next.statistic('session');
    expect(() => next.state('another')).toThrow(RangeError);
    expect(() => next.timer('session')).toThrow('a name is of one kind');
    expect(() => next.sequence('save', ['open']) && next.sequence('save', ['edit'])).toThrow('other checkpoints');
  });

  it('knows what a statistic was at first, also where it was asked for before it was declared', async () => {
    await (await trackers.open()).statistic('runs').add(3);
    await trackers.closeAll();
    const next = await trackers.open();
    await next.statistics[0]?.add(2);
    const runs = next.statistic('runs');
    expect([runs.value, runs.startValue, runs.sinceStart]).toEqual([5, 3, 2]);
  });

  it('tells lists of checkpoints from each other, whatever their names hold', async () => {
    const tracker = await trackers.open();
    const save = tracker.sequence('save', ['open\nedit', 'close']);
    await save.reach('open\nedit');
    expect(() => tracker.sequence('save', ['open', 'edit\nclose'])).toThrow('other checkpoints');
    await trackers.closeAll();
    const next = (await trackers.open()).sequence('save', ['open', 'edit\nclose']);
    expect([next.checkpoints, next.reached]).toEqual([['open', 'edit\nclose'], []]);
  });

  it('refuses names, states, checkpoints and numbers that the server would refuse', async () => {
    const tracker = await trackers.open();
    for (const name of ['', 'x'.repeat(201), 'a\0', '\ud800']) expect(() => tracker.statistic(name)).toThrow(TypeError);
    expect(() => tracker.sequence('s', [])).toThrow(TypeError);
    expect(() => tracker.sequence('s', ['a-->b'])).toThrow(TypeError);
    expect(() => tracker.state('state').set('')).toThrow(TypeError);
    for (const by of [NaN, Infinity]) expect(() => tracker.statistic('runs').add(by)).toThrow(RangeError);
    expect(() => tracker.timer('session').add(-1)).toThrow(RangeError);
    expect(() => tracker.sequence('save', ['open']).reach('edit')).toThrow('edit is no checkpoint of save: open');
    expect([tracker.pending, tracker.statistic('runs').value]).toEqual([0, 0]);
  });

  it('is closed with timers stopped, and changes nothing any more', async () => {
    const tracker = await trackers.open();
    tracker.timer('session').start();
    await tracker.close();
    await expect(tracker.statistic('runs').add()).rejects.toMatchObject({ code: 'closed' });
    const next = await trackers.open();
    expect([next.timer('session').changes, next.statistic('runs').value]).toEqual([1, 0]);
    expect([next.timer('session').isStarted, await next.timer('session').stop()]).toEqual([false, null]);
  });

  describe('and the file that names it', () => {
    function written(name: string, text: string): string {
      const file = join(dirname(trackers.folder), name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    }

    it('JSON has the names of the options', async () => {
      const options = { folder: 'usage', application: { name: 'editor', version: '1' }, enabled: false };
      const tracker = await AppTracker.fromConfig(written('a.json', JSON.stringify(options)), { user: 'anna' });
      await tracker.statistic('runs').add();
      await tracker.close();
      expect(readdirSync(trackers.folder)).toEqual(['changes.log']);
      expect(tracker.isEnabled).toBe(false);
      await expect(AppTracker.fromConfig(written('b.json', '{"foldr": "x"}'))).rejects.toThrow('foldr');
    });

    it('INI of anonymoususage uploads by call alone where it gives no interval', async () => {
      const ini = `[General]\nFilePath = usage.db\napplication_name = editor\napplication_version = 1.0\ndebug = no\n`;
      const tracker = await AppTracker.fromConfig(written('a.cfg', ini));
      await tracker.statistic('runs').add();
      expect(await tracker.submit()).toEqual({ status: 'no_server', changes: 0 });
      await tracker.close();
      expect(readdirSync(trackers.folder)).toEqual(['changes.log']);
      await expect(AppTracker.fromConfig(written('b.cfg', '[HQ]\nhost = x\n'))).rejects.toThrow('filepath');
      await expect(AppTracker.fromConfig(written('c.cfg', `${ini}check_interval_s = soon\n`))).rejects.toThrow('soon');
    });

    it.each([
      [{ submitEvery: 'PT0S' }, RangeError],
      [{ checkEvery: '1h' }, RangeError],
      [{ timeout: 'P30D' }, RangeError],
      [{ maxPending: 1.5 }, RangeError],
      [{ application: { name: 'editor', version: '' } }, TypeError],
      [{ server: { url: 'muster.example.org', key: 'x' } }, TypeError],
      [{ folder: '' }, TypeError],
      [{ user: '' }, TypeError],
    ])('refuses %j', async (options, error) => {
      await expect(trackers.open(options)).rejects.toThrow(error);
    });
  });
});
