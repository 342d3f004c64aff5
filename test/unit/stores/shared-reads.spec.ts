import { SharedReads } from '../../../src/stores/postgres/shared-reads.js';

/** A read that ends when it is told to, and tells how often it was begun. */
function gate() {
  const ends: ((value: string | Error) => void)[] = [];
  const read = (): Promise<string> =>
    new Promise((resolve, reject) => ends.push((value) => (value instanceof Error ? reject(value) : resolve(value))));
  return { ends, read };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('SharedReads', () => {
  it('gives nobody a read that began before it was asked for', async () => {
    const reads = new SharedReads<string>();
    const { ends, read } = gate();
    const first = reads.share('k', read);
    const late = [reads.share('k', read), reads.share('k', read)];
    expect(ends).toHaveLength(1);
    ends[0]?.('old');
    expect(await first).toBe('old');
    await settled();
    expect(ends).toHaveLength(2);
    const later = reads.share('k', read);
    ends[1]?.('new');
    expect(await Promise.all(late)).toEqual(['new', 'new']);
    await settled();
    ends[2]?.('newest');
    expect(await later).toBe('newest');
    expect(ends).toHaveLength(3);
  });

  it('keeps nothing', async () => {
    const reads = new SharedReads<number>();
    let count = 0;
    const read = async (): Promise<number> => (count += 1);
    expect([await reads.share('k', read), await reads.share('k', read)]).toEqual([1, 2]);
  });

  it('reads apart what is named apart', async () => {
    const reads = new SharedReads<string>();
    const { ends, read } = gate();
    const both = [reads.share('a', read), reads.share('b', read)];
    ends.forEach((end, i) => end(`${i}`));
    expect(await Promise.all(both)).toEqual(['0', '1']);
  });

  it('tells a failure to those who shared it, and reads again for the next', async () => {
    const reads = new SharedReads<string>();
    const { ends, read } = gate();
    const first = reads.share('k', read);
    const second = reads.share('k', read);
    ends[0]?.(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await settled();
    ends[1]?.('back');
    expect(await second).toBe('back');
  });
});
