import { PassThrough } from 'node:stream';
import type { UsageBatch } from '../../../packages/client/src/index.js';
import { UsageCounter, type UsageCounterOptions } from '../../../packages/client/src/usage/usage-counter.js';
import { startUsageReceiver, TAKEN, type UsageReceiver, type UsageReply } from '../../support/usage/usage-receiver.js';

const realNow = Date.now;
/** Within a minute. */
const NOON_MS = Date.UTC(2026, 0, 1, 12, 0, 30);

describe('UsageCounter with a local service', () => {
  let receiver: UsageReceiver;
  let counters: UsageCounter[];
  let dropped: object[];
  let errors: unknown[];

  beforeEach(async () => {
    Date.now = () => NOON_MS;
    receiver = await startUsageReceiver();
    [counters, dropped, errors] = [[], [], []];
  });

  afterEach(async () => {
    Date.now = realNow;
    receiver.reply = () => TAKEN;
    await Promise.all(counters.map((counter) => counter.stop()));
    await receiver.close();
  });

  function counterOf(options: UsageCounterOptions = {}): UsageCounter {
    const counter = new UsageCounter(receiver.client, {
      flushEvery: 'PT1H',
      onError: (error) => errors.push(error),
      onDropped: ({ items }) => dropped.push(...items),
      ...options,
    });
    counters.push(counter);
    return counter;
  }

  function eventsOf(batches: readonly UsageBatch[]): unknown[] {
    return batches.flatMap(({ counts = [] }) => counts.map(({ event, count }) => `${event} ${count}`));
  }

  it('sends what comes until its last close, and refuses what comes after', async () => {
    let counter: UsageCounter;
    let isRefused = false;
    receiver.reply = () => {
      try {
        counter.count('/after', 'page');
      } catch {
        isRefused = true;
      }
      return TAKEN;
    };
    counter = counterOf({ beforeFlush: async (own) => Promise.resolve().then(() => own.count('/late', 'page')) });
    counter.count('/', 'page');
    const stopped = counter.stop();
    counter.count('/meanwhile', 'page');
    expect(counter.stop()).toBe(stopped);
    expect(await stopped).toBe(0);
    expect(eventsOf(receiver.got)).toEqual(['/ 1', '/meanwhile 1', '/late 1']);
    expect(isRefused).toBe(true);
    expect(await counter.flush()).toBe(0);
  });

  it('passes log lines on once it is stopped', async () => {
    const counter = counterOf();
    const filter = counter.logFilter({ patterns: ['bad'], category: 'bad-req' });
    const written = filter.pipe(new PassThrough());
    filter.write('bad one\n');
    await counter.stop();
    filter.end('bad two\ngood\n');
    expect(String(Buffer.concat(await written.toArray()))).toBe('bad two\ngood\n');
    expect(eventsOf(receiver.got)).toEqual(['bad 1']);
  });

  it.each<[string, UsageReply]>([
    ['409 of a property that was put away', { status: 409, body: { code: 'property_archived' } }],
    [
      '422 by a clock that is ahead',
      { status: 422, body: { code: 'invalid_time', errors: [{ pointer: '/counts/0/at' }] } },
    ],
    ['413 of a proxy', { status: 413, body: '<html>too large</html>' }],
    ['400 of a proxy', { status: 400, body: '<html>bad</html>' }],
    ['422 of something else', { status: 422, body: { message: 'no' } }],
  ])('sends again what was answered with %s', async (_name, reply) => {
    const counter = counterOf();
    counter.count('/', 'page');
    receiver.reply = () => reply;
    expect(await counter.flush()).toBe(1);
    receiver.reply = () => TAKEN;
    expect(await counter.flush()).toBe(0);
    expect(dropped).toEqual([]);
    expect(errors).toHaveLength(1);
    expect(receiver.got[1]).toEqual(receiver.got[0]);
  });

  it.each(['invalid_field', 'unknown_field', 'limit_exceeded', 'body_too_large'])(
    'drops what is refused by %s',
    async (code) => {
      const counter = counterOf();
      counter.count('/', 'page');
      receiver.reply = () => ({ status: 422, body: { code } });
      expect(await counter.flush()).toBe(0);
      expect(dropped).toMatchObject([{ event: '/' }]);
    },
  );

  it('sends what is not ahead of the clock of the service past what is', async () => {
    const counter = counterOf();
    const isEarly = ({ counts = [] }: UsageBatch): boolean => counts.some(({ event }) => event === '/early');
    receiver.reply = (batch) => (isEarly(batch) ? { status: 422, body: { code: 'invalid_time' } } : TAKEN);
    counter.count('/early', 'page');
    expect(await counter.flush()).toBe(1);
    counter.count('/now', 'page');
    expect(await counter.flush()).toBe(1);
    expect(eventsOf(receiver.got)).toEqual(['/early 1', '/early 1', '/now 1']);
  });

  it('takes out all that is of a closed period at once', async () => {
    const counter = counterOf();
    for (let i = 0; i < 300; i += 1) counter.seen('user', { id: String(i) });
    counter.count('/', 'page');
    receiver.reply = ({ seen = [] }) => {
      if (seen.length === 0) return TAKEN;
      const errors50 = seen.slice(0, 50).map((_, i) => ({ pointer: `/seen/${i}/at`, detail: 'closed' }));
      const first = { first_open: '2020-01-01T00:00:00Z', first_open_seen: new Date(NOON_MS).toISOString() };
      return { status: 409, body: { code: 'period_closed', errors: errors50, ...first } };
    };
    expect(await counter.flush()).toBe(0);
    expect(dropped).toHaveLength(300);
    expect(receiver.got).toHaveLength(2);
    expect(eventsOf(receiver.got.slice(1))).toEqual(['/ 1']);
  });

  it.each([
    [
      'throw',
      () => {
        throw new Error('by the caller');
      },
    ],
    ['reject', async () => Promise.reject(new Error('by the caller'))],
  ])('goes on where callbacks %s', async (_name, fails) => {
    const counter = counterOf({ onError: fails, onDropped: fails, beforeFlush: fails as () => Promise<void> });
    counter.seen('visitor', { ip: 'none' });
    counter.count('/', 'page');
    receiver.reply = () => ({ status: 503, body: {} });
    expect(await counter.flush()).toBe(1);
    receiver.reply = () => ({ status: 422, body: { code: 'invalid_field', errors: [{ pointer: '/counts/0' }] } });
    expect(await counter.flush()).toBe(0);
    receiver.reply = () => TAKEN;
    counter.count('/next', 'page');
    expect(await counter.flush()).toBe(0);
    expect(eventsOf(receiver.got).at(-1)).toBe('/next 1');
  });

  it('holds no more items than it may: the oldest batch goes, then what is new', async () => {
    const counter = counterOf({ maxItems: 5 });
    receiver.reply = () => ({ status: 503, body: {} });
    for (const event of ['/a', '/b', '/c']) counter.count(event, 'page');
    expect(await counter.flush()).toBe(1);
    for (const event of ['/d', '/e']) counter.count(event, 'page');
    expect(dropped).toEqual([]);
    counter.seen('user', { id: '42' });
    expect(dropped).toMatchObject([{ event: '/a' }, { event: '/b' }, { event: '/c' }]);
    for (const event of ['/f', '/g', '/h', '/d']) counter.count(event, 'page');
    expect(dropped.slice(3)).toMatchObject([{ event: '/h' }]);
    receiver.reply = () => TAKEN;
    expect(await counter.flush()).toBe(0);
    expect(eventsOf(receiver.got.slice(1))).toEqual(['/d 2', '/e 1', '/f 1', '/g 1']);
    expect(() => counterOf({ maxItems: 0 })).toThrow(RangeError);
  });
});
