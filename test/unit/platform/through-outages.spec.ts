import { throughOutages } from '../../../src/platform/process/through-outages.js';

const away = (): Error =>
  Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });

describe('throughOutages', () => {
  it('does the work again until the database is back', async () => {
    let calls = 0;
    const work = async (): Promise<string> => {
      calls += 1;
      if (calls < 3) throw away();
      return 'done';
    };
    expect(await throughOutages(work)).toBe('done');
    expect(calls).toBe(3);
  });

  it('passes every other error on at once', async () => {
    let calls = 0;
    const work = async (): Promise<void> => {
      calls += 1;
      throw Object.assign(new Error('duplicate key'), { code: '23505' });
    };
    await expect(throughOutages(work)).rejects.toThrow('duplicate key');
    expect(calls).toBe(1);
  });
});
