import { OpenTrackers } from '../open-trackers.js';
import { startNaiveDoor, type NaiveDoor, type Reply } from '../naive-door.js';

const KEY = 'muster_pk_x';

describe('uploads', () => {
  let trackers: OpenTrackers;
  let door: NaiveDoor;
  let server: { url: string; key: string };

  beforeEach(async () => {
    trackers = new OpenTrackers();
    door = await startNaiveDoor();
    server = { url: door.url, key: KEY };
  });

  afterEach(async () => {
    await trackers.end();
    await door.close();
  });

  /** Names and properties of what was counted, without their times. */
  function counted(): [string, object][] {
    return door.events.map(({ event, properties }) => [event, properties]);
  }

  it('bring each change once, as docs/trackables.md has it', async () => {
    const tracker = await trackers.open({ server });
    tracker.state('units', { initial: 'metric' });
    void tracker.statistic('runs').add(2);
    void tracker.statistic('runs').add(-1);
    void tracker.statistic('runs').set(1);
    void tracker.state('units').set('us');
    void tracker.state('units').set(null);
    void tracker.timer('session').add(1.5);
    void tracker.sequence('save', ['open', 'edit']).advanceTo('edit');
    await tracker.sequence('save', ['open', 'edit']).clear();
    expect(await tracker.submit()).toEqual({ status: 'accepted', changes: 8 });
    expect(counted()).toEqual([
      ['$state', { name: 'units', state: 'metric' }],
      ['$statistic', { name: 'runs', value: 2, change: 2 }],
      ['$statistic', { name: 'runs', value: 1, change: -1 }],
      ['$state', { name: 'units', state: 'us', previous: 'metric' }],
      ['$state', { name: 'units', state: '', previous: 'us' }],
      ['$timer', { name: 'session', seconds: 1.5, total: 1.5 }],
      ['$checkpoint', { name: 'save', checkpoint: 'open', position: 1 }],
      ['$checkpoint', { name: 'save', checkpoint: 'edit', position: 2 }],
      ['$sequence', { name: 'save', checkpoints: 'open-->edit', completions: 1 }],
    ]);
    expect(door.events[0]).toMatchObject({ user: 'anna', application: 'editor', version: '1.0.0' });
    expect(door.events.map(({ id }) => id)).toEqual(door.events.map(({ id }) => id).toSorted());
    await tracker.statistic('runs').add(4);
    expect(await tracker.submit()).toEqual({ status: 'accepted', changes: 1 });
    expect(counted().slice(9)).toEqual([['$statistic', { name: 'runs', value: 5, change: 4 }]]);
    expect(await tracker.submit()).toEqual({ status: 'nothing', changes: 0 });
    expect([tracker.submissions, tracker.pending, door.bodies.length]).toEqual([2, 0, 2]);
  });

  it('name no user where none is named: the folder stands for him', async () => {
    const tracker = await trackers.open({ server, user: undefined });
    await tracker.statistic('runs').add();
    await tracker.submit();
    expect(door.events[0]).not.toHaveProperty('user');
    expect(door.events[0]?.id.startsWith(`${door.events[0].visitor}-`)).toBe(true);
  });

  it('say the version by which a change was made', async () => {
    await (await trackers.open()).statistic('runs').add();
    await trackers.closeAll();
    const tracker = await trackers.open({ server, application: { name: 'editor', version: '2.0.0' } });
    await tracker.statistic('runs').add();
    expect(await tracker.submit()).toMatchObject({ changes: 2 });
    expect(door.events.map(({ version, properties }) => [version, properties['value']])).toEqual([
      ['1.0.0', 1],
      ['2.0.0', 2],
    ]);
    expect(new Set(door.events.map(({ session }) => session)).size).toBe(2);
  });

  it('are not made while they are forbidden, also in the next run, and counting goes on', async () => {
    const tracker = await trackers.open({ server, submitEvery: 1, checkEvery: 1 });
    await tracker.disable();
    await tracker.statistic('runs').add();
    expect(await tracker.submit()).toEqual({ status: 'disabled', changes: 0 });
    await trackers.closeAll();
    const next = await trackers.open({ server });
    expect([next.isEnabled, next.statistic('runs').value, await next.submit()]).toEqual([
      false,
      1,
      { status: 'disabled', changes: 0 },
    ]);
    expect(door.bodies).toEqual([]);
    await next.enable();
    expect(await next.submit()).toMatchObject({ status: 'accepted', changes: 1 });
  });

  it('that are under way end at once when they are forbidden', async () => {
    const arrived = new Promise<void>((resolve) => {
      door.reply = () => {
        resolve();
        return new Promise(() => undefined);
      };
    });
    const tracker = await trackers.open({ server });
    await tracker.statistic('runs').add();
    const submitted = tracker.submit();
    await arrived;
    await tracker.disable();
    expect(await submitted).toMatchObject({ status: 'failed', changes: 0 });
    expect([tracker.pending, trackers.problems]).toEqual([1, []]);
  });

  it('are made when they are due, and not before', async () => {
    const tracker = await trackers.open({ server, submitEvery: 1, checkEvery: 5 });
    void tracker.statistic('runs').add();
    await until(() => door.events.length === 1);
    await trackers.closeAll();
    const next = await trackers.open({ server, submitEvery: 'PT1H', checkEvery: 5 });
    await next.statistic('runs').add();
    for (let checks = 0; checks < 5; checks++) await new Promise((resolve) => setTimeout(resolve, 5));
    expect([next.pending, door.bodies.length]).toEqual([1, 1]);
    expect(await next.submit()).toMatchObject({ changes: 1 });
    expect(door.events.length).toBe(2);
  });

  describe('that are not taken are made again, and nothing counts twice', () => {
    const page = '<html>Please sign in to the network of this hotel</html>';

    it.each<[string, string, (take: () => Reply) => Reply | undefined]>([
      ['a key that is refused', 'key_refused', () => ({ status: 401, body: { code: 'unauthenticated' } })],
      ['500', 'upload_failed', () => ({ status: 500, body: 'oops' })],
      ['503 with Retry-After', 'upload_failed', () => ({ status: 503, headers: { 'retry-after': '60' } })],
      ['a page with 200', 'upload_failed', () => ({ status: 200, body: page })],
      ['a page with 202', 'upload_failed', () => ({ status: 202, body: page })],
      ['another 202', 'upload_failed', () => ({ status: 202, body: { accepted: 0, duplicates: 0, rejected: 0 } })],
      ['a redirect', 'upload_failed', () => ({ status: 302, headers: { location: '/elsewhere' } })],
      ['a broken connection', 'upload_failed', () => ({ status: 0 })],
      ['a broken connection after it was taken', 'upload_failed', (take) => (take(), { status: 0 })],
      ['502 after it was taken', 'upload_failed', (take) => (take(), { status: 502 })],
    ])('%s', async (_, code, reply) => {
      const tracker = await trackers.open({ server });
      await tracker.statistic('runs').add(3);
      door.reply = (_body, take) => reply(take);
      expect(await tracker.submit()).toMatchObject({ status: 'failed', changes: 0, problem: { code } });
      await tracker.statistic('runs').add(4);
      expect(tracker.pending).toBe(2);
      // The clock of the machine goes on, and jumps.
      door.aheadMs = 9_000_000;
      await trackers.closeAll();
      const next = await trackers.open({ server });
      door.reply = () => undefined;
      expect(await next.submit()).toMatchObject({ status: 'accepted', changes: 2 });
      expect(counted().map(([, properties]) => properties)).toMatchObject([{ change: 3 }, { change: 4 }]);
      expect(trackers.codes()).toEqual([code]);
    });

    it('a server that takes events and tells no reasons has taken them', async () => {
      const tracker = await trackers.open({ server });
      await tracker.statistic('runs').add(3);
      const body = { accepted: 0, duplicates: 0, rejected: 1 };
      door.reply = () => ({ status: 202, body });
      expect(await tracker.submit()).toMatchObject({ status: 'accepted', changes: 1 });
      await tracker.statistic('runs').add(3);
      door.reply = () => ({ status: 202, body: { ...body, errors: [null, 'no'] } });
      expect(await tracker.submit()).toMatchObject({ status: 'accepted', changes: 1 });
      expect(trackers.codes()).toEqual(['events_refused', 'events_refused']);
    });

    it('a server that does not answer', async () => {
      const tracker = await trackers.open({ server, timeout: 1500 });
      await tracker.statistic('runs').add(3);
      door.reply = () => new Promise(() => undefined);
      expect(await tracker.submit()).toMatchObject({ status: 'failed' });
      door.reply = () => undefined;
      expect(await tracker.submit()).toMatchObject({ status: 'accepted', changes: 1 });
      expect(trackers.problems[0]?.message).toContain('no answer in 1.5 s');
    });

    it('no server at all', async () => {
      const away = await startNaiveDoor();
      await away.close();
      const tracker = await trackers.open({ server: { url: away.url, key: KEY } });
      await tracker.statistic('runs').add(3);
      expect(await tracker.submit()).toMatchObject({ status: 'failed', problem: { code: 'upload_failed' } });
      expect(trackers.problems[0]?.message).toContain('ECONNREFUSED');
    });
  });

  it('are cut where a proxy takes less', async () => {
    const tracker = await trackers.open({ server });
    for (let i = 0; i < 300; i++) void tracker.statistic('runs').add();
    door.reply = ({ events }) => (events.length > 40 ? { status: 413 } : undefined);
    expect(await tracker.submit()).toEqual({ status: 'accepted', changes: 300 });
    expect(door.events.map(({ properties }) => properties['value'])).toEqual(
      Array.from({ length: 300 }, (_, i) => i + 1),
    );
  });

  it('tell what the server refuses and drops', async () => {
    const tracker = await trackers.open({ server });
    await tracker.statistic('runs').add();
    await tracker.statistic('runs').add();
    const errors = [{ code: 'invalid_type', pointer: '', detail: 'no', count: 1, indexes: [0] }];
    door.reply = () => ({
      status: 202,
      body: { accepted: 0, duplicates: 0, rejected: 1, errors, dropped: { bot: 1 } },
    });
    expect(await tracker.submit()).toMatchObject({ status: 'accepted', changes: 2 });
    expect(trackers.codes()).toEqual(['events_refused', 'events_dropped']);
    expect(trackers.problems.map(({ message }) => message).join()).toMatch(/invalid_type \(1\): no.*bot \(1\)/);
  });

  it.each(['', '/', '/muster', '/muster/', '/a/b//'])('go to the server %j', async (path) => {
    const tracker = await trackers.open({ server: { ...server, url: `${door.url}${path}` } });
    await tracker.statistic('runs').add();
    expect(await tracker.submit()).toMatchObject({ status: 'accepted' });
    expect(new Set(door.paths)).toEqual(new Set([`${path.replace(/\/+$/, '')}/v1/collect`]));
  });

  it('bring every completion of a sequence, although changes are merged', async () => {
    const tracker = await trackers.open({ server, maxPending: 40 });
    const save = tracker.sequence('save', ['open', 'edit']);
    for (let i = 0; i < 300; i++) void save.advanceTo('edit');
    void tracker.sequence('start', ['a']).reach('a');
    await tracker.statistic('runs').add();
    expect([save.completions, tracker.pending <= 50]).toEqual([300, true]);
    await trackers.closeAll();
    const next = await trackers.open({ server });
    expect(await next.submit()).toMatchObject({ status: 'accepted' });
    const completed = door.events.filter(
      ({ event, properties }) => event === '$sequence' && properties['name'] === 'save',
    );
    expect(completed.map(({ properties }) => properties['completions'])).toEqual(
      Array.from({ length: 300 }, (_, i) => i + 1),
    );
    const sorted = completed.toSorted((a, b) => (a.time + a.id < b.time + b.id ? -1 : 1));
    expect(sorted).toEqual(completed);
    expect(new Set(trackers.codes())).toEqual(new Set(['changes_merged']));
  });

  it('of more changes than may wait are merged, told, and add up', async () => {
    const tracker = await trackers.open({ server, maxPending: 100 });
    for (let i = 0; i < 500; i++) void tracker.statistic(`runs ${i % 3}`).add(i);
    void tracker.state('units').set('us');
    await tracker.timer('session').add(7);
    expect(tracker.pending).toBeLessThanOrEqual(100);
    await trackers.closeAll();
    const next = await trackers.open({ server });
    await next.submit();
    const sum = door.events.reduce((total, { properties }) => total + Number(properties['change'] ?? 0), 0);
    expect(sum).toBe((499 * 500) / 2);
    expect(new Set(trackers.codes())).toEqual(new Set(['changes_merged']));
  });
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 2));
}
