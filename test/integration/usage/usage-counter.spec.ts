import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { MusterClient, type PropertyClient } from '../../../packages/client/src/index.js';
import { UsageCounter, type UsageCounterOptions } from '../../../packages/client/src/usage/usage-counter.js';
import { PACKAGE_ROOT } from '../../support/source-files.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { daytimeZone } from '../../support/usage/daytime-zone.js';

const HOUR_MS = 3_600_000;
const realNow = Date.now;

/** How the network is: as it is, away, or the answer is lost after the call was served. */
type Network = 'up' | 'away' | 'answers lost';

describe('UsageCounter', () => {
  let stores: TestStores;
  let app: TestApp;
  let folder: string;
  let network: Network;
  let calls: number;
  let made = 0;
  let counters: UsageCounter[] = [];
  const errors: unknown[] = [];

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-spool-'));
    [network, calls] = ['up', 0];
    errors.length = 0;
  });

  afterEach(async () => {
    Date.now = realNow;
    network = 'up';
    await Promise.all(counters.map((counter) => counter.stop()));
    counters = [];
    rmSync(folder, { recursive: true, force: true });
  });

  const overNetwork: typeof fetch = async (...call) => {
    calls += 1;
    if (network === 'away') throw new TypeError('fetch failed');
    const response = await fetch(...call);
    if (network === 'answers lost') throw new TypeError('terminated');
    return response;
  };

  async function property(): Promise<PropertyClient> {
    const client = new MusterClient({ url: app.url, apiKey: app.adminKey, fetch: overNetwork });
    const slug = `client-${(made += 1)}`;
    await client.createProperty({ slug, time_zone: daytimeZone() });
    calls = 0;
    return client.property(slug);
  }

  function counterOf(client: PropertyClient, options: UsageCounterOptions = {}): UsageCounter {
    const counter = new UsageCounter(client, {
      flushEvery: 'PT1H',
      onError: (error) => errors.push(error),
      ...options,
    });
    counters.push(counter);
    return counter;
  }

  async function counted(client: PropertyClient): Promise<Record<string, number>> {
    const found: Record<string, number> = {};
    for await (const { counts } of client.usage({ interval: 'year' }))
      for (const { category, event, count } of counts) found[`${category} ${event}`] = count;
    return found;
  }

  it('counts, adds, sees and marks, and asks before each flush for what is cached elsewhere', async () => {
    const client = await property();
    let cached = 0;
    const counter = counterOf(client, { beforeFlush: (own) => own.add('blocked', 'threats', cached) });
    counter.count('/about', 'page');
    counter.add('/about', 'page', 4);
    counter.add('/never', 'page', 0);
    expect([
      counter.seen('user', { id: '42' }),
      counter.seen('user', { id: '42' }),
      counter.seen('user', { ip: '::1' }),
    ]).toEqual([true, false, true]);
    counter.mark('v2.1', 'timeline');
    cached = 7;
    expect(await counter.flush()).toBe(0);
    cached = 0;
    // The same user, once a day, whatever the flush.
    expect(counter.seen('user', { id: '42' })).toBe(true);
    expect(await counter.flush()).toBe(0);
    expect(await counted(client)).toEqual({ 'page /about': 5, 'threats blocked': 7, 'daily user': 2 });
    expect(() => counter.add('x', 'y', -1)).toThrow(RangeError);
    expect(() => counter.add('x', 'y', 0.5)).toThrow(RangeError);
    expect(calls).toBeGreaterThan(0);
    expect(errors).toEqual([]);
  });

  it('takes a hundred thousand counts without a call for each, and loses none', async () => {
    const client = await property();
    const counter = counterOf(client);
    for (let i = 0; i < 100_000; i += 1) counter.count(`/page/${i % 7000}`, 'page');
    expect(await counter.flush()).toBe(0);
    // By the minute, and by what the service takes at once.
    expect(calls).toBeLessThan(8);
    const found = await counted(client);
    expect(Object.keys(found)).toHaveLength(7000);
    expect(Object.values(found).reduce((a, b) => a + b, 0)).toBe(100_000);
  });

  it('counts once what was answered into the void, and everything after the service was away for an hour', async () => {
    const client = await property();
    const counter = counterOf(client, { spool: folder });
    network = 'answers lost';
    Date.now = () => realNow() - HOUR_MS;
    counter.count('/', 'page');
    expect(await counter.flush()).toBe(1);
    network = 'away';
    for (let minute = 60; minute > 0; minute -= 1) {
      Date.now = () => realNow() - minute * 60_000;
      counter.count('/', 'page');
      counter.seen('user', { id: String(minute % 3) });
      await counter.flush();
    }
    Date.now = realNow;
    expect(errors.length).toBeGreaterThan(59);
    expect(await counter.flush()).toBe(61);
    network = 'up';
    expect(await counter.flush()).toBe(0);
    expect(await counted(client)).toEqual({ 'page /': 61, 'daily user': 3 });
    // Each minute where it belongs: midnight is far away.
    expect(readdirSync(folder)).toEqual(['owner.pid']);
  });

  it('tells what the service refuses for good, and sends the rest', async () => {
    const client = await property();
    const dropped: object[] = [];
    const counter = counterOf(client, { onDropped: ({ items }) => dropped.push(...items) });
    counter.count('/', 'page');
    counter.count('x', 'seen');
    counter.seen('visitor', { ip: 'not an address' });
    counter.count('x'.repeat(1000), 'page');
    expect(await counter.flush()).toBe(0);
    expect(dropped).toMatchObject([{ category: 'visitor' }, { event: 'x', category: 'seen' }]);
    expect(await counted(client)).toEqual({ 'page /': 1, [`page ${'x'.repeat(400)}`]: 1 });
    Date.now = () => realNow() - 40 * 24 * HOUR_MS;
    counter.count('/old', 'page');
    expect(await counter.flush()).toBe(0);
    expect(dropped.at(-1)).toMatchObject({ event: '/old' });
  });

  it('counts log lines of pino that hold a pattern instead of writing them', async () => {
    const client = await property();
    const counter = counterOf(client);
    const filter = counter.logFilter({ patterns: ['TLS handshake error', 'bad öre'], category: 'bad-req' });
    const written = filter.pipe(new PassThrough());
    const logger = pino({ base: null, timestamp: false }, filter);
    for (let i = 0; i < 3; i += 1) logger.warn(`http: TLS handshake error from 203.0.113.${i}`);
    logger.info('a bad öre');
    logger.info('all is well');
    // Pieces that end within a line, and within a letter.
    const line = Buffer.from('a bad öre again\nlast line');
    for (const byte of line) filter.write(Buffer.from([byte]));
    filter.end();
    await once(filter, 'end');
    expect(String(written.read())).toBe('{"level":30,"msg":"all is well"}\nlast line');
    await counter.flush();
    expect(await counted(client)).toEqual({ 'bad-req TLS handshake error': 3, 'bad-req bad öre': 2 });
  });

  it('leaves what it could not send to the next one with the spool, and tells it without', async () => {
    const client = await property();
    network = 'away';
    const spooled = counterOf(client, { spool: folder });
    spooled.count('/spooled', 'page');
    expect(await spooled.stop()).toBe(1);
    const dropped: object[] = [];
    const bare = counterOf(client, { onDropped: ({ items }) => dropped.push(...items) });
    bare.count('/bare', 'page');
    expect(await bare.stop()).toBe(1);
    expect(dropped).toMatchObject([{ event: '/bare', count: 1 }]);
    expect(() => bare.count('/', 'page')).toThrow('stopped');
    writeFileSync(join(folder, '000000000000001-broken.json'), '{');
    network = 'up';
    const next = counterOf(client, { spool: folder });
    expect(await next.flush()).toBe(0);
    expect(String(errors.at(-1))).toContain('broken.json of the spool cannot be read');
    expect(await counted(client)).toEqual({ 'page /spooled': 1 });
  });

  it.each(['PT0S', '1m', 'PT', 'P1D', 'PT600H', ''])('refuses to flush every %j', (flushEvery) => {
    const client = new MusterClient({ url: app.url, apiKey: 'x' }).property('default');
    expect(() => new UsageCounter(client, { flushEvery })).toThrow(RangeError);
  });

  describe('of a process that is killed', () => {
    const program = (slug: string, spool: string | null): string => `
      import { MusterClient } from ${JSON.stringify(pathToFileURL(join(PACKAGE_ROOT, 'dist/packages/client/src/index.js')))};
      import { UsageCounter } from ${JSON.stringify(pathToFileURL(join(PACKAGE_ROOT, 'dist/packages/client/src/usage/usage-counter.js')))};
      const client = new MusterClient({ url: ${JSON.stringify(app.url)}, apiKey: ${JSON.stringify(app.adminKey)} });
      const counter = new UsageCounter(client.property(${JSON.stringify(slug)}), { flushEvery: 'PT1H', ${spool === null ? '' : `spool: ${JSON.stringify(spool)}`} });
      counter.add('/sent', 'page', 5);
      await counter.flush();
      counter.add('/gathered', 'page', 3);
      counter.seen('user', { id: '42' });
      await counter.spoolNow();
      console.log('counted');
      setInterval(() => {}, 1000);`;

    async function killed(slug: string, spool: string | null): Promise<void> {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program(slug, spool)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      if (spool !== null)
        expect(
          () => new UsageCounter(new MusterClient({ url: app.url, apiKey: 'x' }).property(slug), { spool }),
        ).toThrow('in use by the process');
      child.kill('SIGKILL');
      await once(child, 'exit');
    }

    it('counts all of it once with a spool, which holds no ids', async () => {
      const client = await property();
      await killed(client.property, folder);
      expect(await counted(client)).toEqual({ 'page /sent': 5 });
      expect(await counterOf(client, { spool: folder }).flush()).toBe(0);
      expect(await counted(client)).toEqual({ 'page /sent': 5, 'page /gathered': 3 });
    });

    it('loses what was not sent without one, and nothing else', async () => {
      const client = await property();
      await killed(client.property, null);
      expect(await counted(client)).toEqual({ 'page /sent': 5 });
    });
  });
});
