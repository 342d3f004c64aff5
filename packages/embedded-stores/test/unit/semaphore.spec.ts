import { Semaphore } from '../../src/engine/semaphore.js';

const never = new AbortController().signal;

describe('Semaphore', () => {
  it('lets so many in, the others in their order', async () => {
    const slots = new Semaphore(1);
    const entered: string[] = [];
    const first = await slots.acquire(never);
    const others = ['b', 'c'].map(async (name) => {
      const release = await slots.acquire(never);
      entered.push(name);
      release();
    });
    await Promise.resolve();
    expect(entered).toEqual([]);
    first();
    await Promise.all(others);
    expect(entered).toEqual(['b', 'c']);
  });

  it('gives the place of one that no longer waits to the next', async () => {
    const slots = new Semaphore(1);
    const first = await slots.acquire(never);
    const impatient = new AbortController();
    const left = slots.acquire(impatient.signal);
    const second = slots.acquire(never);
    impatient.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    first();
    (await second)();
    await expect(slots.acquire(AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
  });
});
