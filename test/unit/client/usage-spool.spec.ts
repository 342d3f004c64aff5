import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageCounter, type UsageCounterOptions } from '../../../packages/client/src/usage/usage-counter.js';
import { startUsageReceiver, TAKEN, type UsageReceiver } from '../../support/usage/usage-receiver.js';

describe('the spool of a UsageCounter', () => {
  let receiver: UsageReceiver;
  let spool: string;
  let counters: UsageCounter[];
  let dropped: object[];

  beforeEach(async () => {
    receiver = await startUsageReceiver();
    spool = mkdtempSync(join(tmpdir(), 'muster-spool-'));
    [counters, dropped] = [[], []];
  });

  afterEach(async () => {
    receiver.reply = () => TAKEN;
    await Promise.all(counters.map((counter) => counter.stop()));
    await receiver.close();
    rmSync(spool, { recursive: true, force: true });
  });

  function counterOf(options: UsageCounterOptions = {}): UsageCounter {
    const onDropped = ({ items }: { items: readonly object[] }): void => void dropped.push(...items);
    const counter = new UsageCounter(receiver.client, { flushEvery: 'PT1H', spool, onDropped, ...options });
    counters.push(counter);
    return counter;
  }

  function written(): string {
    const names = readdirSync(spool).filter((name) => name.endsWith('.json'));
    return names.map((name) => readFileSync(join(spool, name), 'utf8')).join('\n');
  }

  it.each([false, true])(
    'holds ids and networks only where it is asked to (%s), and never an address',
    async (spoolSeen) => {
      const counter = counterOf({ spoolSeen });
      counter.count('/about', 'page');
      counter.seen('user', { id: 'anna' });
      expect(counter.seen('visitor', { ip: '203.0.113.7' })).toBe(true);
      expect(counter.seen('visitor', { ip: '::ffff:203.0.113.99' })).toBe(false);
      expect(counter.seen('visitor', { ip: '2001:db8:1:2::7' })).toBe(true);
      await counter.spoolNow();
      expect(written()).toContain('/about');
      expect([written().includes('anna'), written().includes('203.0.113.0')]).toEqual([spoolSeen, spoolSeen]);
      expect(written()).not.toMatch(/203\.0\.113\.[1-9]|::7/);
      await counter.flush();
      expect(receiver.got[0]?.seen).toMatchObject([{ id: 'anna' }, { ip: '203.0.113.0' }, { ip: '2001:db8:1::' }]);
    },
  );

  it('is not asked to hold what is no address, and what is told does not repeat it', () => {
    expect(counterOf().seen('visitor', { ip: 'anna at home' })).toBe(false);
    expect(dropped).toMatchObject([{ category: 'visitor' }]);
    expect(JSON.stringify(dropped)).not.toContain('anna');
  });

  it('tells the ids that do not outlive the process', async () => {
    receiver.reply = () => ({ status: 503, body: { code: 'not_ready' } });
    const counter = counterOf();
    counter.count('/about', 'page');
    counter.seen('user', { id: 'anna' });
    expect(await counter.stop()).toBe(1);
    expect(dropped).toMatchObject([{ category: 'user', id: 'anna' }]);
  });

  it('loses what a crash has left half written', async () => {
    writeFileSync(join(spool, '1.json.new'), '[{"seen": [{"id": "an');
    await counterOf().flush();
    expect(readdirSync(spool)).toEqual(['owner.pid']);
  });

  it('is written while the service does not answer', async () => {
    let answer = (): void => undefined;
    const asked = new Promise<void>((isAsked) => {
      receiver.reply = () =>
        new Promise((resolve) => {
          answer = () => resolve(TAKEN);
          isAsked();
        });
    });
    const counter = counterOf();
    counter.count('/first', 'page');
    const flush = counter.flush();
    await asked;
    counter.count('/second', 'page');
    await counter.spoolNow();
    expect(written()).toContain('/second');
    receiver.reply = () => TAKEN;
    answer();
    expect(await flush).toBe(0);
  });

  it('is of one counter of a process', async () => {
    const first = counterOf();
    expect(() => counterOf()).toThrow('in use by this process');
    expect(() => counterOf({ spool: `${spool}/../${spool.split('/').at(-1)}` })).toThrow('in use by this process');
    await first.stop();
    expect(existsSync(join(spool, 'owner.pid'))).toBe(false);
    counterOf();
  });

  describe('whose owner is', () => {
    const started = Date.now() - 86_400_000;
    const own = { host: hostname(), started };

    function ownedBy(owner: object | string, ageSeconds: number): void {
      const path = join(spool, 'owner.pid');
      writeFileSync(path, typeof owner === 'string' ? owner : JSON.stringify(owner));
      const then = new Date(Date.now() - 1000 * ageSeconds);
      utimesSync(path, then, then);
    }

    it.each([
      ['a process that runs', { ...own, pid: process.ppid }, 1],
      ['of another host', { host: 'another', pid: 999_999_999, started }, 1],
      ['just being written', '', 1],
    ])('%s, is refused', (_name, owner, age) => {
      ownedBy(owner, age);
      expect(() => counterOf()).toThrow('in use by the process');
      expect(readFileSync(join(spool, 'owner.pid'), 'utf8')).toBe(
        typeof owner === 'string' ? owner : JSON.stringify(owner),
      );
    });

    it.each([
      ['a process that has the pid after a reboot', { ...own, pid: process.ppid }, 11],
      ['this pid, of a process before', { ...own, pid: process.pid }, 1],
      ['a process that has ended', { ...own, pid: 999_999_999 }, 1],
      ['of another host, and silent', { host: 'another', pid: 1, started }, 11],
      ['in no form that is known, and silent', '4711', 11],
    ])('%s, is taken', (_name, owner, age) => {
      ownedBy(owner, age);
      counterOf();
      expect(JSON.parse(readFileSync(join(spool, 'owner.pid'), 'utf8'))).toMatchObject({
        host: hostname(),
        pid: process.pid,
      });
      expect(readdirSync(spool)).toEqual(['owner.pid']);
    });

    it('this one, refreshes its claim; and leaves the folder alone once another has it', async () => {
      const errors: unknown[] = [];
      const counter = counterOf({ onError: (error) => errors.push(error) });
      const claim = readFileSync(join(spool, 'owner.pid'), 'utf8');
      ownedBy(claim, 60);
      await counter.spoolNow();
      expect(errors).toEqual([]);
      ownedBy({ ...own, pid: 1 }, 0);
      counter.count('/', 'page');
      await counter.spoolNow();
      expect(String(errors)).toContain('Another process has taken the spool');
      expect(written()).toBe('');
      await counter.stop();
      expect(existsSync(join(spool, 'owner.pid'))).toBe(true);
    });
  });
});
