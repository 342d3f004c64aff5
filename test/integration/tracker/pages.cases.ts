import { openUnwatched } from '../../support/chromium.js';
import type { SentEvent } from './recording-door.js';
import { closed, flushed, type TrackerWorld } from './tracker-world.js';

/** Names and paths, in order. */
const told = (events: readonly SentEvent[]): string[] =>
  events.map(({ event, properties }) => `${event} ${properties?.['$path']}`);

/** What of a page is counted without a call. */
export function pageCases(world: () => TrackerWorld): void {
  it('a load tells its address, title, referrer, how long it took, and the source of the session', async () => {
    const { site, door, visitor, open, taken, tag } = world();
    site.put({
      '/slow.js': { script: '', delayMs: 120 },
      '/from': { body: '<a href="/load?utm_source=news&gclid=CjwK&q=typed#top">on</a>' },
      '/load': { head: `${tag()}<script async src="/slow.js"></script>`, title: 'The load' },
    });
    const tab = await (await visitor()).newPage();
    await tab.goto(`${site.url}/from`);
    await tab.click('a');
    const [page] = await flushed(tab, () => taken(1, '$page'));
    const loadMs = await tab.evaluate('Math.round(performance.getEntriesByType("navigation")[0].loadEventStart)');
    expect(page?.properties).toEqual({
      $url: `${site.url}/load`,
      $path: '/load',
      $title: 'The load',
      $referrer: `${site.url}/from`,
      $load_ms: loadMs,
    });
    expect(loadMs).toBeGreaterThanOrEqual(120);
    const { context } = door.hits[0]?.body ?? {};
    expect(context).toMatchObject({ screen: '1280x720', language: 'en-US' });
    expect(context?.entry).toEqual({
      url: `${site.url}/load?utm_source=news&gclid=1`,
      referrer: `${site.url}/from`,
    });
    await open(await visitor(), '/load', { head: tag() });
  });

  it('the source stays that of the page by which the session began, in every tab', async () => {
    const { door, visitor, open, taken } = world();
    const context = await visitor();
    await flushed(await open(context, '/entry?utm_source=news'), () => taken(1, '$page'));
    await flushed(await open(context, '/second?utm_source=other'), () => taken(2, '$page'));
    expect(door.hits.map(({ body }) => body.context.entry?.url?.split('?')[1])).toEqual(
      door.hits.map(() => 'utm_source=news'),
    );
  });

  it('navigation by the history is a page each time, and leaves the one before', async () => {
    const { site, visitor, open, taken } = world();
    const tab = await open(await visitor(), '/spa');
    await tab.evaluate(`
      history.pushState(null, '', '/spa/one?tracking=x#here');
      setTimeout(() => (document.title = 'One'), 20);
    `);
    await flushed(tab, () => taken(3));
    // The same page to us: a query that nobody has allowed, as a search writes it while its user types.
    await tab.evaluate(`history.replaceState(null, '', '/spa/one?q=typed')`);
    await tab.evaluate(`history.replaceState(null, '', '/spa/two')`);
    await tab.evaluate('history.back()');
    const events = await flushed(tab, () => taken(7));
    expect(told(events)).toEqual([
      '$page /spa',
      '$leave /spa',
      '$page /spa/one',
      '$leave /spa/one',
      '$page /spa/two',
      '$leave /spa/two',
      '$page /spa',
    ]);
    expect(events[2]?.properties).toMatchObject({ $title: 'One', $referrer: `${site.url}/spa` });
    expect(events[2]?.properties).not.toHaveProperty('$load_ms');
    expect(new Set(events.map(({ session }) => session)).size).toBe(1);
  });

  it('routes in the fragment are pages where that is said', async () => {
    const { site, visitor, open, taken, tag } = world();
    const context = await visitor();
    const tab = await open(context, '/hash', { head: tag('data-pages="hash"') });
    await tab.evaluate(`location.hash = '#/cart?q=typed'`);
    await flushed(tab, () => taken(3));
    await tab.evaluate(`location.hash = '#top'`);
    const events = await flushed(tab, () => taken(5));
    expect(told(events)).toEqual([
      '$page /hash',
      '$leave /hash',
      '$page /hash#/cart',
      '$leave /hash#/cart',
      '$page /hash',
    ]);
    expect(events[2]?.properties?.['$url']).toBe(`${site.url}/hash#/cart`);
  });

  it('a page that comes back from the cache of the browser is a page again', async () => {
    const { site, visitorWithCache, open, taken } = world();
    site.put({ '/elsewhere': {} });
    const tab = await open(await visitorWithCache(), '/kept');
    await tab.evaluate('window.isKept = true');
    await tab.goto(`${site.url}/elsewhere`);
    await tab.evaluate('history.back()');
    await tab.waitForURL(`${site.url}/kept`, { waitUntil: 'commit' });
    expect(await tab.evaluate('window.isKept')).toBe(true);
    const events = await flushed(tab, () => taken(3));
    expect(told(events)).toEqual(['$page /kept', '$leave /kept', '$page /kept']);
    expect(new Set(events.map(({ tab: id }) => id)).size).toBe(1);
  });

  it('a page that is prerendered is none before it is shown', async () => {
    const { site, door, taken, tag, stub } = world();
    const rules = JSON.stringify({ prerender: [{ urls: ['/soon'], eagerness: 'immediate' }] });
    let [show, load] = [(): void => undefined, (): void => undefined];
    const loaded = new Promise<void>((resolve) => (load = resolve));
    site.put({
      '/before': {
        head: `<script type="speculationrules">${rules}</script>`,
        body: `<script>fetch('/show').then(() => (location.href = '/soon'))</script>`,
      },
      '/show': { after: new Promise<void>((resolve) => (show = resolve)) },
      '/loaded': { onAsked: () => load() },
      '/soon': {
        head: `<script>${stub} muster('track', 'opened', { prerendering: document.prerendering });
          // As routers do when they start.
          addEventListener('load', () => { history.replaceState(null, '', location.href); setTimeout(() => fetch('/loaded'), 150); });
          document.addEventListener('prerenderingchange', () => setTimeout(() => muster('flush'), 50));</script>${tag()}`,
      },
    });
    const end = openUnwatched(`${site.url}/before`);
    try {
      await loaded;
      const shownAt = Date.now();
      expect(door.hits).toEqual([]);
      show();
      const events = await taken(2);
      expect(events.map(({ event }) => event).sort()).toEqual(['$page', 'opened']);
      const page = events.find(({ event }) => event === '$page');
      expect(page?.properties).toMatchObject({ $path: '/soon', $load_ms: 0 });
      expect(events.find(({ event }) => event === 'opened')?.properties).toEqual({ prerendering: true });
      for (const { time } of events) expect(Date.parse(time)).toBeGreaterThanOrEqual(shownAt);
    } finally {
      await end();
    }
  });

  it('a page that is prerendered adds to the totals that are there when it is shown', async () => {
    const { site, taken, tag, key } = world();
    const rules = JSON.stringify({ prerender: [{ urls: ['/sum'], eagerness: 'immediate' }] });
    let [show, added] = [(): void => undefined, (): void => undefined];
    const isAdded = new Promise<void>((resolve) => (added = resolve));
    /** Once trackables are there. */
    const ready = (code: string): string =>
      `<script>const wait = setInterval(() => { if (window.muster?.statistic) { clearInterval(wait); ${code} } }, 10);</script>`;
    const stored = `Object.entries(localStorage).find(([name]) => name.startsWith('muster_${key.slice(-8)}_t'))?.[1]`;
    site.put({
      '/start': {
        head: tag(),
        body: ready(`
          muster.statistic('runs').set(41);
          const rules = Object.assign(document.createElement('script'), { type: 'speculationrules', text: '${rules}' });
          document.head.append(rules);
          fetch('/show').then(() => (location.href = '/sum'));`),
      },
      '/show': { after: new Promise<void>((resolve) => (show = resolve)) },
      '/added': { onAsked: () => added() },
      '/sum': {
        head: `<script>
          document.addEventListener('prerenderingchange', () => setTimeout(() => muster('flush'), 50));</script>${tag()}`,
        body: ready(`
          muster.track('adds', { prerendering: document.prerendering });
          muster.statistic('runs').add();
          muster.track('added', { kept: ${stored} });
          fetch('/added');`),
      },
    });
    const end = openUnwatched(`${site.url}/start`);
    try {
      await isAdded;
      show();
      const [[adds], [kept], totals] = await Promise.all([taken(1, 'adds'), taken(1, 'added'), taken(2, '$statistic')]);
      expect([adds?.properties, kept?.properties]).toEqual([{ prerendering: true }, { kept: '41' }]);
      expect(totals.map(({ properties }) => properties)).toEqual([
        { name: 'runs', value: 41, change: 41 },
        { name: 'runs', value: 42, change: 1 },
      ]);
    } finally {
      await end();
    }
  });

  it('leaving tells how long the page was seen, and how far', async () => {
    const { visitor, open, taken } = world();
    const tab = await open(await visitor(), '/long', { body: '<div style="height: 4000px">long</div>' });
    await tab.evaluate('scrollTo(0, 1000)');
    await tab.waitForFunction('scrollY === 1000');
    await tab.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))');
    const height = Number(await tab.evaluate('document.documentElement.scrollHeight'));
    await closed(tab);
    const [left] = await taken(1, '$leave');
    const { $visible_ms, $total_ms, $scroll } = (left?.properties ?? {}) as Record<string, number>;
    expect($scroll).toBe(Math.round((100 * (1000 + 720)) / height));
    expect($visible_ms).toBeGreaterThanOrEqual(50);
    expect($visible_ms).toBeLessThanOrEqual(($total_ms ?? 0) + 1);
  });

  it('pages by hand: asked for, there, with the time between', async () => {
    const { visitor, open, taken, tag } = world();
    const tab = await open(await visitor(), '/manual', { head: tag('data-pages="manual"') });
    await tab.evaluate(`
      muster.page({ section: 'start' });
      history.pushState(null, '', '/manual/next');
      muster.trackPageStart();
      new Promise((done) => setTimeout(done, 40)).then(() => muster.trackPageEnd());
    `);
    const events = await flushed(tab, () => taken(3));
    expect(told(events)).toEqual(['$page /manual', '$leave /manual', '$page /manual/next']);
    expect(events[0]?.properties).toMatchObject({ section: 'start' });
    expect(events[2]?.properties?.['$load_ms']).toBeGreaterThanOrEqual(39);
  });
}
