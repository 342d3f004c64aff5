import { Slots } from '../../../../src/stores/clickhouse/slots.js';

const never = new AbortController().signal;

describe('Slots', () => {
  it('lets so many in, the others in their order', async () => {
    const slots = new Slots(1);
    const entered: string[] = [];
    const first = await slots.take(never);
    const others = ['b', 'c'].map(async (name) => {
      const release = await slots.take(never);
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
    const slots = new Slots(1);
    const first = await slots.take(never);
    const impatient = new AbortController();
    const left = slots.take(impatient.signal);
    const second = slots.take(never);
    impatient.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    first();
    (await second)();
    await expect(slots.take(AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
  });
});
