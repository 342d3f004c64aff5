import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppTracker, type TrackerOptions, type TrackerProblem } from '../../../packages/app-tracker/src/index.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { makeSite, type Site } from './collect-world.js';

const CHECKPOINTS = ['open', 'edit', 'save'];

interface Trackable {
  readonly totals: object;
  readonly data: readonly object[];
}

/** The tracker of applications against the service: what the API says is what the users see of themselves. */
describe('figures of the tracker of applications', () => {
  let stores: TestStores;
  let app: TestApp;
  let site: Site;
  let folder: string;
  const problems: TrackerProblem[] = [];

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    site = await makeSite(app, 'editor', []);
    folder = mkdtempSync(join(tmpdir(), 'muster-app-tracker-'));
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function opened(user: string, version: string, more: Partial<TrackerOptions> = {}): Promise<AppTracker> {
    return AppTracker.open({
      user,
      folder: join(folder, user),
      application: { name: 'Robot editor', version },
      server: { url: app.url, key: site.key },
      submitEvery: null,
      onProblem: (problem) => void problems.push(problem),
      ...more,
    });
  }

  async function read(path: string): Promise<Trackable> {
    const answer = await site.call('GET', `/trackables/${path}`);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    return answer.json();
  }

  it('are those of their users, by application, version, state and user', async () => {
    const trackers = [await opened('anna', '1.0'), await opened('ben', '2.0'), await opened('cleo', '2.0')];
    for (const [i, tracker] of trackers.entries()) {
      for (let k = 0; k <= 40 * i; k++) void tracker.statistic('runs').add(k % 7);
      await tracker.statistic('runs').add(-1);
      await tracker.state('units', { initial: 'metric' }).set(i === 1 ? 'us' : 'metric');
      await tracker.timer('session').add(1.25 * (i + 1));
      const sequence = tracker.sequence('saving', CHECKPOINTS);
      for (let k = 0; k < i; k++) await sequence.advanceTo('save');
      await sequence.reach('open');
      expect(await tracker.submit()).toMatchObject({ status: 'accepted' });
    }
    const sum = (of: (tracker: AppTracker) => number): number => trackers.reduce((all, one) => all + of(one), 0);
    const runs = sum((one) => one.statistic('runs').value);
    expect(await read('statistic/runs')).toMatchObject({
      totals: { users: 3, events: sum((one) => one.statistic('runs').changes), total: runs },
      data: [{ application: 'Robot editor' }],
    });
    const seconds = sum((one) => one.timer('session').totalSeconds);
    expect(await read('timer/session?by=version')).toMatchObject({ totals: { users: 3, total: seconds } });
    const byUser = await read('statistic/runs?by=user');
    expect(byUser.data).toEqual(
      expect.arrayContaining(
        ['anna', 'ben', 'cleo'].map((user, i) =>
          expect.objectContaining({ user, total: trackers[i]?.statistic('runs').value }),
        ),
      ),
    );
    expect((await read('state/units?by=state')).data).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ state: 'metric', users: 2 }),
        expect.objectContaining({ state: 'us', users: 1 }),
      ]),
    );
    expect(await read('sequence/saving')).toMatchObject({
      totals: { total: sum((one) => one.sequence('saving', CHECKPOINTS).completions) },
    });
    expect(problems).toEqual([]);
    await Promise.all(trackers.map(async (one) => one.close()));
  });

  it('that went up without an answer count once', async () => {
    const tracker = await opened('dora', '1.0', { timeout: 1 });
    await tracker.statistic('starts').add(3);
    // It may or may not have been taken in a millisecond.
    for (let i = 0; i < 5; i++) await tracker.submit();
    await tracker.close();
    problems.length = 0;
    const again = await opened('dora', '1.0');
    await again.statistic('starts').add(4);
    await again.submit();
    expect(await read('statistic/starts')).toMatchObject({ totals: { users: 1, events: 2, total: 7 } });
    expect(problems).toEqual([]);
    await again.close();
  });

  it('wait where the key is refused, and go up with one that is not', async () => {
    const refused = await opened('emil', '1.0', { server: { url: app.url, key: 'muster_pk_none' } });
    await refused.statistic('tries').add(2);
    expect(await refused.submit()).toMatchObject({ status: 'failed', problem: { code: 'key_refused' } });
    await refused.close();
    const tracker = await opened('emil', '1.0');
    expect(await tracker.submit()).toMatchObject({ status: 'accepted', changes: 1 });
    expect(await read('statistic/tries')).toMatchObject({ totals: { total: 2 } });
    await tracker.close();
  });

  it('of more than one body are all there', async () => {
    const tracker = await opened('finn', '1.0');
    for (let i = 0; i < 2_500; i++) void tracker.statistic('clicks').add();
    expect(await tracker.submit()).toMatchObject({ status: 'accepted', changes: 2_500 });
    expect(await read('statistic/clicks')).toMatchObject({ totals: { events: 2_500, total: 2_500 } });
    await tracker.close();
  });

  it('of a user who is not named are of his installation', async () => {
    const tracker = await AppTracker.open({
      folder: join(folder, 'nobody'),
      application: { name: 'Robot editor', version: '1.0' },
      server: { url: app.url, key: site.key },
      submitEvery: null,
    });
    await tracker.statistic('visits').add();
    expect(await tracker.submit()).toMatchObject({ status: 'accepted' });
    expect(await read('statistic/visits')).toMatchObject({ totals: { users: 1, total: 1 } });
    const visit = (await site.events()).find(({ properties }) => properties['name'] === 'visits');
    expect(visit).toMatchObject({
      properties: { $application: 'Robot editor', $version: '1.0', $visitor: visit?.user },
    });
    await tracker.close();
  });
});
