import type { Page } from 'playwright-core';
import { until } from '../../support/until.js';
import { openUnwatched } from '../../support/chromium.js';
import type { SentEvent } from './recording-door.js';
import { closed, flushed, type TrackerWorld } from './tracker-world.js';

const HIDE = `
  Object.defineProperty(document, 'hidden', { value: true, configurable: true });
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));`;
const SHOW = HIDE.replace('value: true', 'value: false');

const pause = (tab: Page, ms: number): Promise<unknown> =>
  tab.evaluate(`new Promise((done) => setTimeout(done, ${ms}))`);
const sum = (events: readonly SentEvent[], name: string): number =>
  events.reduce((all, { properties }) => all + Number(properties?.[name]), 0);

/** Pages that are hidden, left, or ended without a word. */
export function leavingCases(world: () => TrackerWorld): void {
  it('a page that is hidden has told that it is left, when its tab is ended without a word', async () => {
    const { visitor, open, taken } = world();
    const context = await visitor();
    const tab = await open(context, '/phone');
    await tab.evaluate(HIDE);
    const [left] = await taken(1, '$leave');
    expect(left?.properties).toMatchObject({ $path: '/phone' });
    const devtools = await context.newCDPSession(tab);
    const crashed = tab.waitForEvent('crash');
    devtools.send('Page.crash').catch(() => undefined);
    await crashed;
    await flushed(await open(context, '/next'), () => taken(2, '$page'));
    expect(await taken(0, '$leave')).toHaveLength(1);
  });

  it('and tells no time twice when it is seen again, or closed as it is', async () => {
    const { visitor, open, taken } = world();
    const context = await visitor();
    const tab = await open(context, '/again');
    const began = Number(await tab.evaluate('performance.now()'));
    await pause(tab, 60);
    await tab.evaluate(HIDE);
    await taken(1, '$leave');
    await pause(tab, 400);
    await tab.evaluate(SHOW);
    await pause(tab, 60);
    const spent = Number(await tab.evaluate('performance.now()'));
    await tab.evaluate(HIDE);
    const told = await taken(2, '$leave');
    expect(sum(told, '$visible_ms')).toBeGreaterThanOrEqual(115);
    // Not what it was hidden for, which is part of the whole time alone.
    expect(sum(told, '$visible_ms')).toBeLessThanOrEqual(spent - 400 + 200);
    expect(sum(told, '$total_ms')).toBeGreaterThanOrEqual(spent - began - 5);
    await closed(tab);
    await flushed(await open(context, '/next'), () => taken(2, '$page'));
    expect(await taken(0, '$leave')).toHaveLength(2);
  });

  it('a page by hand that is prerendered begins when it is shown', async () => {
    const { site, taken, tag, stub, key, door } = world();
    const rules = JSON.stringify({ prerender: [{ urls: ['/early'], eagerness: 'immediate' }] });
    let [show, load] = [(): void => undefined, (): void => undefined];
    const loaded = new Promise<void>((resolve) => (load = resolve));
    site.put({
      '/before': {
        head: `<script type="speculationrules">${rules}</script>`,
        body: `<script>fetch('/show').then(() => (location.href = '/early'))</script>`,
      },
      '/show': { after: new Promise<void>((resolve) => (show = resolve)) },
      '/loaded': { onAsked: () => load() },
      '/early': {
        head: `<script>${stub} muster('init', { key: '${key}', serverUrl: '${door.url}', pages: 'manual' });
          muster('page', { early: document.prerendering });
          addEventListener('load', () => setTimeout(() => fetch('/loaded'), 300));
          document.addEventListener('prerenderingchange', () => setTimeout(() => muster('page'), 20));
          document.addEventListener('prerenderingchange', () => setTimeout(() => muster('flush'), 50));</script>
          ${tag().replace(/data-key="[^"]*"/, '')}`,
      },
    });
    const end = openUnwatched(`${site.url}/before`);
    try {
      await loaded;
      const shownAt = Date.now();
      show();
      const [page] = await taken(2, '$page');
      expect(page?.properties).toMatchObject({ $path: '/early', early: true });
      expect(Date.parse(page?.time ?? '')).toBeGreaterThanOrEqual(shownAt);
      const [left] = await taken(1, '$leave');
      expect(Number(left?.properties?.['$total_ms'])).toBeLessThanOrEqual(Date.parse(left?.time ?? '') - shownAt + 1);
    } finally {
      await end();
    }
  });

  it('a timer goes on over the pages of its tab, and loses nothing', async () => {
    const { site, visitor, open, taken, tag } = world();
    site.put({ '/second': { head: tag() } });
    const tab = await open(await visitor(), '/first');
    await tab.waitForFunction('window.muster?.timer');
    /** What the clock shows before and after. */
    const clocked = (work: string): Promise<[before: number, after: number]> =>
      tab.evaluate(`[Date.now(), (${work}, Date.now())]`);
    const began = await clocked(`muster.timer('reading').start()`);
    await pause(tab, 50);
    await tab.goto(`${site.url}/second`);
    await tab.waitForFunction('window.muster?.timer');
    const other = await open(tab.context(), '/other');
    await other.waitForFunction('window.muster?.timer');
    await other.evaluate(`muster.timer('reading').stop()`);
    const ended = await clocked(`muster.timer('reading').stop()`);
    const timers = await flushed(tab, () => taken(2, '$timer'));
    const ms = Math.round(1000 * sum(timers, 'seconds'));
    expect(ms).toBeGreaterThanOrEqual(ended[0] - began[1]);
    expect(ms).toBeLessThanOrEqual(ended[1] - began[0]);
    expect(timers.at(-1)?.properties?.['total']).toBeCloseTo(sum(timers, 'seconds'), 3);
    // The page that was left has told its part, and the tab is still the same.
    expect(new Set(timers.map(({ tab: id }) => id)).size).toBe(1);
  });

  it('what a server has answered holds for the pages to come', async () => {
    const { door, visitor, open, taken } = world();
    const context = await visitor();
    await context.clock.install();
    door.behave({ status: 503 });
    const failures = (tab: Page): Promise<unknown> =>
      tab.evaluate(`Object.entries(localStorage).find(([name]) => name.endsWith('_fails'))?.[1]`);
    for (const n of [1, 2, 3, 4]) {
      const tab = await open(context, '/down');
      await tab.evaluate(`muster.track('own', { n: ${n} }); muster.flush()`);
      await until(async () => (await failures(tab)) === `${n}`);
      await closed(tab);
      expect(door.hits).toHaveLength(n);
      // The longest that a pause can be after so many failures, but for the last, which is 8 s at least.
      if (n < 4) await context.clock.fastForward(1000 * 2 ** n);
    }
    door.behave('pass');
    const last = await open(context, '/down');
    await last.clock.fastForward(5_000);
    await last.evaluate('muster.flush()');
    expect(door.hits).toHaveLength(4);
    await last.clock.fastForward(11_000);
    expect(await flushed(last, () => taken(4, 'own'))).toHaveLength(4);
  });
}
