import { setTimeout as wait } from 'node:timers/promises';
import { startChild } from '../child-tracker.js';
import { startNaiveDoor, type NaiveDoor } from '../naive-door.js';
import { OpenTrackers } from '../open-trackers.js';

/** Two processes at a time, each with the folders of four users: 104 trackers are killed. */
const ROUNDS = 13;
/** Changes that are made at the same time. */
const AT_ONCE = 10;
/** Each change is told once it is acknowledged; uploads go on beside. */
const PROGRAM = `
  const count = async ({ user, folder }) => {
    const tracker = await open({ user, folder });
    const runs = tracker.statistic('runs');
    const sequence = tracker.sequence('save', ['open', 'edit']);
    for (let i = 0; ; i++) {
      const all = Array.from({ length: ${AT_ONCE} }, () => runs.add(1).then(() => say('run ' + user)));
      all.push(sequence.advanceTo('edit').then(() => say('save ' + user)));
      if (i % 2 === 0) void tracker.submit();
      await Promise.all(all);
    }
  };`;

interface Counted {
  readonly user: string;
  readonly trackers: OpenTrackers;
  runs: number;
  saves: number;
}

describe('a process that is killed', () => {
  let door: NaiveDoor;
  let server: { readonly url: string; readonly key: string };

  beforeAll(async () => {
    door = await startNaiveDoor();
    server = { url: door.url, key: 'muster_pk_x' };
  });
  afterAll(async () => door.close());

  async function rounds(users: readonly string[]): Promise<void> {
    const all = users.map((user): Counted => ({ user, trackers: new OpenTrackers(), runs: 0, saves: 0 }));
    const folders = all.map(({ user, trackers: { folder } }) => ({ user, folder }));
    const program = `${PROGRAM} await Promise.all(${JSON.stringify(folders)}.map(count));`;
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const child = startChild(program, { folder: '', server });
        if (round % 5 > 0) await child.said('run');
        await wait(Math.random() * 40);
        await child.kill();
        for (const counted of all) {
          counted.runs += child.lines.filter((line) => line === `run ${counted.user}`).length;
          counted.saves += child.lines.filter((line) => line === `save ${counted.user}`).length;
        }
      }
      expect(all.reduce((sum, { runs }) => sum + runs, 0)).toBeGreaterThan(AT_ONCE * ROUNDS);
      for (const counted of all) await isComplete(counted);
    } finally {
      await Promise.all(all.map(async ({ trackers }) => trackers.end()));
    }
  }

  async function isComplete({ user, trackers, runs, saves }: Counted): Promise<void> {
    const tracker = await trackers.open({ user, server });
    const { value } = tracker.statistic('runs');
    const { completions } = tracker.sequence('save', ['open', 'edit']);
    // What a round had under way may be there, and nobody was told of it.
    expect(value).toBeGreaterThanOrEqual(runs);
    expect(value).toBeLessThanOrEqual(runs + AT_ONCE * ROUNDS);
    expect(completions).toBeGreaterThanOrEqual(saves);
    expect(completions).toBeLessThanOrEqual(saves + ROUNDS);
    while (tracker.pending > 0) expect(await tracker.submit()).toMatchObject({ status: 'accepted' });
    const events = door.events.filter((event) => event.user === user);
    const of = (name: string): typeof events => events.filter(({ event }) => event === name);
    expect(of('$statistic').map(({ properties }) => properties['change'])).toEqual(
      Array.from({ length: value }, () => 1),
    );
    expect([of('$sequence').length, of('$checkpoint').length]).toEqual([completions, 2 * completions]);
    expect(trackers.problems).toEqual([]);
  }

  it('at random moments, a hundred times, loses nothing that was acknowledged, and nothing counts twice', async () => {
    await Promise.all([rounds(['anna', 'ben', 'cleo', 'dan']), rounds(['eva', 'finn', 'gil', 'hua'])]);
  });
});
