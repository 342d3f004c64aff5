import { setTimeout as wait } from 'node:timers/promises';
import { startChild } from '../child-tracker.js';
import { startNaiveDoor, type NaiveDoor } from '../naive-door.js';
import { OpenTrackers } from '../open-trackers.js';

const ROUNDS = 50;
/** Changes that are made at the same time. */
const AT_ONCE = 10;
/** Each change is told once it is acknowledged; uploads go on beside. */
const PROGRAM = `
  const tracker = await open();
  const runs = tracker.statistic('runs');
  const sequence = tracker.sequence('save', ['open', 'edit']);
  for (let i = 0; ; i++) {
    const all = Array.from({ length: ${AT_ONCE} }, () => runs.add(1).then(() => say('run')));
    all.push(sequence.advanceTo('edit').then(() => say('save')));
    if (i % 2 === 0) void tracker.submit();
    await Promise.all(all);
  }`;

describe('a process that is killed', () => {
  let door: NaiveDoor;

  beforeAll(async () => (door = await startNaiveDoor()));
  afterAll(async () => door.close());

  async function rounds(user: string): Promise<void> {
    const trackers = new OpenTrackers();
    const server = { url: door.url, key: 'muster_pk_x' };
    const { folder } = trackers;
    let [runs, saves] = [0, 0];
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const child = startChild(PROGRAM, { folder, user, server });
        if (round % 5 > 0) await child.said('run');
        await wait(Math.random() * 40);
        await child.kill();
        runs += child.lines.filter((line) => line === 'run').length;
        saves += child.lines.filter((line) => line === 'save').length;
      }
      const tracker = await trackers.open({ user, server });
      const { value } = tracker.statistic('runs');
      const { completions } = tracker.sequence('save', ['open', 'edit']);
      expect(runs).toBeGreaterThan(AT_ONCE * (ROUNDS / 2));
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
    } finally {
      await trackers.end();
    }
  }

  it('at random moments, a hundred times, loses nothing that was acknowledged, and nothing counts twice', async () => {
    await Promise.all([rounds('anna'), rounds('ben')]);
  });
});
