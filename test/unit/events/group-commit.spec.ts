import { GroupCommit } from '../../../src/properties/ingest/group-commit.js';

/** Commits groups of numbers, each to its double; odd groups wait until they are let go. */
function doubling() {
  const groups: number[][] = [];
  const go: (() => void)[] = [];
  const commit = async (members: readonly number[]): Promise<PromiseSettledResult<number>[]> => {
    groups.push([...members]);
    await new Promise<void>((resolve) => go.push(resolve));
    return members.map((n) =>
      n < 0 ? { status: 'rejected', reason: new Error(`no ${n}`) } : { status: 'fulfilled', value: 2 * n },
    );
  };
  return { groups, go, commit };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('GroupCommit', () => {
  it('commits at once what comes at once, and what comes meanwhile afterwards', async () => {
    const { groups, go, commit } = doubling();
    const queue = new GroupCommit<number, number>();
    const add = (member: number, share = 0.1): Promise<number> => queue.add('p', { member, share }, commit);
    const first = [add(1), add(2)];
    await turn();
    const second = [add(3), add(-4), add(5)];
    second[1]?.catch(() => undefined);
    await turn();
    expect(groups).toEqual([[1, 2]]);
    go.shift()?.();
    expect(await Promise.all(first)).toEqual([2, 4]);
    await turn();
    expect(groups).toEqual([
      [1, 2],
      [3, -4, 5],
    ]);
    go.shift()?.();
    expect((await Promise.allSettled(second)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    const again = add(6);
    await turn();
    go.shift()?.();
    expect(await again).toBe(12);
  });

  it('puts no more into a group than fits, and keeps the order', async () => {
    const { groups, go, commit } = doubling();
    const queue = new GroupCommit<number, number>();
    const all = [0.5, 0.5, 0.9, 0.2, 1, 0.1].map((share, member) => queue.add('p', { member, share }, commit));
    for (let i = 0; i < 5; i++) {
      await turn();
      go.shift()?.();
    }
    await Promise.all(all);
    expect(groups).toEqual([[0, 1], [2], [3], [4], [5]]);
  });

  it('keeps keys apart, and tells all of a group that it failed', async () => {
    const queue = new GroupCommit<number, number>();
    const failing = (): Promise<never> => Promise.reject(new Error('away'));
    const { go, commit } = doubling();
    const results = Promise.allSettled([
      queue.add('p', { member: 1, share: 0.1 }, failing),
      queue.add('p', { member: 2, share: 0.1 }, failing),
      queue.add('q', { member: 3, share: 0.1 }, commit),
    ]);
    await turn();
    go.shift()?.();
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });
});
