import { retryWhileDatabaseAway } from '../../../src/platform/process/retry-while-away.js';

const away = (): Error =>
  Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });

describe('retryWhileDatabaseAway', () => {
  it('does the work again until the database is back', async () => {
    let calls = 0;
    const work = async (): Promise<string> => {
      calls += 1;
      if (calls < 3) throw away();
      return 'done';
    };
    expect(await retryWhileDatabaseAway(work)).toBe('done');
    expect(calls).toBe(3);
  });

  it('passes every other error on at once', async () => {
    let calls = 0;
    const work = async (): Promise<void> => {
      calls += 1;
      throw Object.assign(new Error('duplicate key'), { code: '23505' });
    };
    await expect(retryWhileDatabaseAway(work)).rejects.toThrow('duplicate key');
    expect(calls).toBe(1);
  });
});
