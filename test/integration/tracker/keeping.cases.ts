import type { Page } from 'playwright-core';
import { until } from '../../support/until.js';
import type { SentEvent } from './recording-door.js';
import { closed, flushed, type TrackerWorld } from './tracker-world.js';

const numbers = (events: readonly SentEvent[]): unknown[] => events.map(({ properties }) => properties?.['n']);
const stored = (tab: Page): Promise<number> =>
  tab.evaluate(`Object.keys(localStorage).filter((name) => /^muster_.{8}_q/.test(name)).length`);

/** Nothing is lost, and nothing counts twice. */
export function keepingCases(world: () => TrackerWorld): void {
  it('two tabs share visitor and session; one of them sends at a time', async () => {
    const { door, visitor, open, taken } = world();
    const context = await visitor();
    const [first, second] = [await open(context, '/tab'), await open(context, '/tab')];
    await flushed(first, () => taken(2, '$page'));
    door.forget();
    door.behave('hold');
    const tabs = [first, second];
    for (const [n, tab] of tabs.entries()) await tab.evaluate(`muster.track('own', { n: ${n} }); muster.flush(); 0`);
    await until(() => door.hits.length > 0);
    for (const tab of tabs) await tab.evaluate(`muster.flush(); new Promise((done) => setTimeout(done, 50))`);
    expect(door.mostAtOnce).toBe(1);
    door.behave('pass');
    const own = await flushed(first, () => taken(2, 'own'));
    expect(door.mostAtOnce).toBe(1);
    expect(numbers(own)).toEqual([0, 1]);
    expect(new Set(own.map(({ session, visitor }) => `${session} ${visitor}`)).size).toBe(1);
    expect(new Set(own.map(({ tab }) => tab)).size).toBe(2);
    expect(door.hits.flatMap(({ body }) => body.events)).toHaveLength(2);
  });

  it('a tab keeps its id over its pages, and a copy of it gets its own', async () => {
    const { site, visitor, open, taken } = world();
    const tab = await open(await visitor(), '/one');
    await open(tab.context(), '/two');
    await tab.goto(`${site.url}/two`);
    await tab.waitForFunction('window.muster?.flush');
    const copied = tab.waitForEvent('popup');
    await tab.evaluate(`open('/one')`);
    await (await copied).waitForFunction('window.muster?.flush');
    await (await copied).evaluate(`muster.track('copied')`);
    await tab.evaluate(`muster.track('here')`);
    const events = await flushed(tab, async () => [...(await taken(4, '$page')), ...(await taken(1, 'copied'))]);
    const [here] = await taken(1, 'here');
    const ids = (path: string): unknown[] =>
      events.filter(({ properties }) => properties?.['$path'] === path).map(({ tab: id }) => id);
    expect(ids('/two')).toContain(here?.tab);
    expect(ids('/one')).toContain(here?.tab);
    expect(events.find(({ event }) => event === 'copied')?.tab).not.toBe(here?.tab);
  });

  it('what a tab had not sent when it crashed is sent by the next page', async () => {
    const { site, door, visitor, open, taken } = world();
    const context = await visitor();
    const tab = await open(context, '/crash');
    await tab.evaluate(`for (let n = 0; n < 20; n++) muster.track('own', { n })`);
    const devtools = await context.newCDPSession(tab);
    const crashed = tab.waitForEvent('crash');
    devtools.send('Page.crash').catch(() => undefined);
    await crashed;
    expect(door.hits).toEqual([]);
    const next = await context.newPage();
    await next.goto(`${site.url}/crash`);
    const own = await flushed(next, () => taken(20, 'own'));
    expect(numbers(own)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('what was tracked offline is sent when the network is back, also after the tab is closed', async () => {
    const { door, visitor, open, taken } = world();
    const context = await visitor();
    const tab = await open(context, '/offline');
    await flushed(tab, () => taken(1, '$page'));
    await context.setOffline(true);
    await tab.evaluate(`muster.track('own', { n: 1 }); muster.flush()`);
    await context.setOffline(false);
    // The browser says so, and nobody else.
    await taken(1, 'own');
    await context.setOffline(true);
    await tab.evaluate(`muster.track('own', { n: 2 }); muster.flush()`);
    await closed(tab);
    await context.setOffline(false);
    const next = await open(context, '/offline');
    expect(numbers(await flushed(next, () => taken(2, 'own')))).toEqual([1, 2]);
    expect(door.taken().filter(({ event }) => event === '$leave')).toHaveLength(1);
  });

  it('a page that is closed sends what waits, at once', async () => {
    const { visitor, open, taken } = world();
    const tab = await open(await visitor(), '/closing');
    await tab.evaluate(`muster.track('own', { n: 1 })`);
    await closed(tab);
    const events = await taken(3);
    expect(events.map(({ event }) => event).sort()).toEqual(['$leave', '$page', 'own']);
  });

  it('a page that is hidden sends what waits', async () => {
    const { visitor, open, taken } = world();
    const tab = await open(await visitor(), '/hidden');
    await tab.evaluate(`
      muster.track('own', { n: 1 });
      Object.defineProperty(document, 'hidden', { value: true });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    `);
    expect(await taken(1, 'own')).toHaveLength(1);
  });

  it('a failing server is asked again after a growing pause, and counts nothing twice', async () => {
    const { door, visitor, open, taken } = world();
    const context = await visitor();
    await context.clock.install();
    const tab = await open(context, '/failing');
    door.behave({ status: 503 });
    await tab.evaluate(`muster.track('own', { n: 1 }); muster.flush()`);
    await tab.evaluate('muster.flush()');
    expect(door.hits).toHaveLength(1);
    await tab.clock.fastForward(3_001);
    await until(() => door.hits[1]?.status === 503);
    await tab.evaluate('new Promise((done) => requestAnimationFrame(done))');
    await tab.evaluate('muster.flush()');
    expect(door.hits).toHaveLength(2);
    door.behave('pass');
    await tab.clock.fastForward(5_000);
    expect(await taken(1, 'own')).toHaveLength(1);
    const ids = door.hits.map(({ body }) => body.events.find(({ event }) => event === 'own')?.id);
    expect(new Set(ids).size).toBe(1);
    await until(async () => (await stored(tab)) === 0);
  });

  it('Retry-After holds for every tab, and is over in time', async () => {
    const { door, visitor, open, taken } = world();
    const context = await visitor();
    await context.clock.install();
    const [first, second] = [await open(context, '/busy'), await open(context, '/busy')];
    door.behave({ status: 429, headers: { 'retry-after': '120' } });
    await first.evaluate(`muster.track('own', { n: 1 }); muster.flush()`);
    door.behave('pass');
    await second.evaluate(`muster.track('own', { n: 2 }); muster.flush()`);
    await context.clock.fastForward(110_000);
    await second.evaluate('muster.flush()');
    expect(door.hits).toHaveLength(1);
    await context.clock.fastForward(20_000);
    expect(numbers(await taken(2, 'own'))).toEqual([1, 2]);
  });

  it('one event that the server will never take holds no other back', async () => {
    const { door, visitor, open, taken } = world();
    const tab = await open(await visitor(), '/refused');
    door.behave(({ text }) => (text.includes('poison') ? { status: 422 } : 'pass'));
    await tab.evaluate(`
      window.dropped = [];
      muster.on('drop', (what) => dropped.push(what));
      for (let n = 0; n < 9; n++) muster.track(n === 5 ? 'poison' : 'own', { n });
    `);
    expect(numbers(await flushed(tab, () => taken(8, 'own')))).toEqual([0, 1, 2, 3, 4, 6, 7, 8]);
    expect(await tab.evaluate('dropped')).toEqual([{ count: 1, reason: 'refused' }]);
    expect((await flushed(tab, () => taken(1, '$dropped')))[0]?.properties).toEqual({ count: 1 });
  });

  it('the queue has bounds; what does not fit is counted and told', async () => {
    const { door, visitor, open, taken } = world();
    const tab = await open(await visitor(), '/full');
    await flushed(tab, () => taken(1, '$page'));
    await until(async () => (await stored(tab)) === 0);
    door.behave({ status: 503 });
    await tab.evaluate(`
      window.dropped = [];
      muster.on('drop', (what) => dropped.push(what));
      for (let n = 0; n < 510; n++) muster.track('own', { n });
      muster.track('large', { text: 'x'.repeat(7000) });
      muster.track('cyclic', { window });
    `);
    expect(await stored(tab)).toBe(500);
    const counted = await tab.evaluate(
      `dropped.reduce((all, { count, reason }) => ({ ...all, [reason]: (all[reason] ?? 0) + count }), {})`,
    );
    expect(counted).toEqual({ full: 10, invalid: 2 });
    door.behave('pass');
    await closed(tab);
    const next = await open(tab.context(), '/full');
    // The oldest ten are gone, and two that had to go for `$leave` and `$page`: the oldest that are not under way then.
    const own = numbers(await flushed(next, () => taken(498, 'own'))).map(Number);
    expect([own.length, own]).toEqual([498, [...new Set(own)].sort((a, b) => a - b)]);
    expect(Math.min(...own)).toBeGreaterThanOrEqual(10);
    expect((await flushed(next, () => taken(1, '$dropped')))[0]?.properties).toEqual({ count: 14 });
    // No body is longer than browsers let a page leave behind.
    expect(Math.max(...door.hits.map(({ text }) => Buffer.byteLength(text)))).toBeLessThan(32_000);
  });

  it('an event that no server takes is dropped, and holds up no other', async () => {
    const { visitor, open, taken } = world();
    const tab = await open(await visitor(), '/poison');
    await tab.evaluate(`
      window.dropped = [];
      muster.on('drop', (what) => dropped.push(what));
      let deep = {};
      for (let level = 0; level < 15; level++) deep = { deep };
      muster.track('nested', deep);
      muster.track('own', { n: 1, at: new Date(0) });
    `);
    const [own] = await flushed(tab, () => taken(1, 'own'));
    expect(own?.properties).toEqual({ n: 1, at: '1970-01-01T00:00:00.000Z' });
    expect(await tab.evaluate('dropped')).toEqual([{ count: 1, reason: 'invalid' }]);
  });

  it('what answers in place of the server takes no event', async () => {
    const { door, visitor, open, taken } = world();
    const context = await visitor();
    await context.clock.install();
    const tab = await open(context, '/portal');
    door.behave({ status: 200 });
    await tab.evaluate(`muster.track('own', { n: 1 }); muster.flush()`);
    await until(() => door.hits[0]?.status === 200);
    door.behave('pass');
    await context.clock.fastForward(600_000);
    expect(numbers(await taken(1, 'own'))).toEqual([1]);
  });

  it('a pause of a server that would never end is one of an hour', async () => {
    const { door, visitor, open, taken } = world();
    const context = await visitor();
    await context.clock.install();
    const tab = await open(context, '/never');
    door.behave({ status: 503, headers: { 'retry-after': '9999999' } });
    await tab.evaluate(`muster.track('own', { n: 1 }); muster.flush()`);
    await until(async () => tab.evaluate(`Object.keys(localStorage).some((name) => name.endsWith('_wait'))`));
    door.behave('pass');
    await context.clock.fastForward(3_600_100);
    expect(numbers(await taken(1, 'own'))).toEqual([1]);
    expect(door.hits).toHaveLength(2);
  });

  it('leaving belongs to the session of the page, and begins none', async () => {
    const { visitor, open, taken } = world();
    const context = await visitor();
    const tab = await open(context, '/idle?utm_source=news');
    const [page] = await flushed(tab, () => taken(1, '$page'));
    // As the browser does after 30 minutes.
    await context.clearCookies({ name: 'muster_session' });
    await tab.evaluate('new Promise((done) => setTimeout(done, 1001))');
    await closed(tab);
    expect((await taken(1, '$leave'))[0]?.session).toBe(page?.session);
    expect((await context.cookies()).map(({ name }) => name)).toEqual(['muster_visitor']);
  });

  it('a session ends after 30 minutes without an event, and after a day', async () => {
    const { site, visitor, open, taken } = world();
    const context = await visitor();
    await context.clock.install();
    const tab = await open(context, '/session');
    const expiry = async (name: string): Promise<number> => {
      const cookies = await context.cookies();
      return ((cookies.find((cookie) => cookie.name === name)?.expires ?? 0) * 1000 - Date.now()) / 60_000;
    };
    await tab.evaluate(`muster.track('own', { n: 1 })`);
    expect(await expiry('muster_session')).toBeCloseTo(30, 0);
    expect(await expiry('muster_visitor')).toBeCloseTo(365 * 24 * 60, 0);
    // As the browser does after 30 minutes.
    await context.clearCookies({ name: 'muster_session' });
    await tab.clock.fastForward(1_001);
    await tab.evaluate(`muster.track('own', { n: 2 })`);
    const dayOld = (Date.now() - 86_400_001).toString(16) + '0'.repeat(20);
    await context.addCookies([{ name: 'muster_session', value: dayOld, url: site.url }]);
    await tab.clock.fastForward(1_001);
    await tab.evaluate(`muster.track('own', { n: 3 }); muster.track('own', { n: 4 })`);
    const own = await flushed(tab, () => taken(4, 'own'));
    const [one, two, three, four] = own.map(({ session }) => session);
    expect(new Set([one, two, three, dayOld]).size).toBe(4);
    expect(four).toBe(three);
    expect(new Set(own.map(({ visitor: id }) => id)).size).toBe(1);
  });
}
