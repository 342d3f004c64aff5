import { Passwords } from '../../../src/accounts/sessions/passwords.js';

// Processor time, in which the threads of argon2 count: other processes do not change it. The least of several tries.

const TRIES = 7;

describe('the check of a password', () => {
  const passwords = new Passwords();
  const wrong = 'a password that nobody has';

  async function cpuMicros(work: () => Promise<unknown>): Promise<number> {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  }

  it('takes as long for an address that nobody has, for a wrong password and for the right one', async () => {
    const stored = await passwords.hash('violet lamps hum at noon');
    const cases = [
      () => passwords.matches(null, wrong),
      () => passwords.matches(stored, wrong),
      () => passwords.matches(stored, 'violet lamps hum at noon'),
    ];
    const least = cases.map(() => Infinity);
    for (let i = 0; i < TRIES; i += 1) {
      for (const [at, work] of cases.entries()) least[at] = Math.min(least[at]!, await cpuMicros(work));
    }
    const [nobody, ...known] = least as [number, number, number];
    for (const time of known) expect(Math.max(nobody / time, time / nobody)).toBeLessThan(2);
    expect(await Promise.all(cases.map((work) => work()))).toEqual([false, false, true]);
  });
});
