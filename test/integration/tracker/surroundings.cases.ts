import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../support/source-files.js';
import { closed, flushed, type TrackerWorld } from './tracker-world.js';

const builtFile = (name: string): string => join(PACKAGE_ROOT, 'packages/tracker/dist', name);

/** Browsers and pages that allow less, and other ways to load the tracker. */
export function surroundingsCases(world: () => TrackerWorld): void {
  it('works where storage and cookies are denied: what is not sent leaves with the page', async () => {
    const { site, visitor, open, taken } = world();
    const context = await visitor();
    // As browsers answer where their user blocks site data.
    await context.addInitScript(`
      const deny = () => { throw new DOMException('Access is denied', 'SecurityError'); };
      Object.defineProperty(window, 'localStorage', { get: deny });
      Object.defineProperty(window, 'sessionStorage', { get: deny });
      Object.defineProperty(Document.prototype, 'cookie', { get: deny, set: deny });
      navigator.locks.request = () => Promise.reject(new DOMException('Access is denied', 'SecurityError'));
    `);
    const tab = await open(context, '/denied');
    await tab.evaluate(`muster.track('own', { n: 1 })`);
    await flushed(tab, () => taken(2));
    await tab.evaluate(`muster.login('ann'); muster.statistic('exports').add(2); muster.track('own', { n: 2 })`);
    await closed(tab);
    const events = await taken(6);
    expect(events.map(({ event }) => event)).toEqual(['$page', 'own', '$login', '$statistic', 'own', '$leave']);
    expect(events.map(({ user }) => user)).toEqual([undefined, undefined, 'ann', 'ann', 'ann', 'ann']);
    expect(new Set(events.map(({ visitor: id, session }) => `${id} ${session}`)).size).toBe(1);
    expect(await context.cookies(site.url)).toEqual([]);
  });

  it('works under a content security policy without anything inline', async () => {
    const { site, door, visitor, open, taken, tag } = world();
    const policy = `default-src 'none'; script-src ${door.url} ${site.url}/own.js; connect-src ${door.url}; img-src data:`;
    site.put({ '/own.js': { script: `document.title = 'Mine'; muster('track', 'own', { n: 1 })` } });
    const context = await visitor();
    const refused: string[] = [];
    context.on('console', (message) => refused.push(message.text()));
    const tab = await open(context, '/strict', {
      head: `${tag().replace('async ', '')}<script src="/own.js"></script>`,
      body: '<a class="track-it" data-trackr-type="link" data-trackr-label="more" data-trackr-position="1" href="#x">m</a>',
      headers: { 'content-security-policy': policy },
    });
    await tab.click('a');
    const events = await flushed(tab, async () => [...(await taken(1, '$element')), ...(await taken(1, 'own'))]);
    expect(new Set(events.map(({ event }) => event))).toEqual(new Set(['$element', 'own']));
    expect(refused).toEqual([]);
  });

  it('works in a frame of another site, which this browser lets store nothing', async () => {
    const { site, visitor, taken, tag } = world();
    site.put({
      '/framed': { head: tag() },
      '/outer': { body: `<iframe src="${site.url}/framed"></iframe>` },
    });
    const context = await visitor();
    const tab = await context.newPage();
    await tab.goto(`${site.otherUrl}/outer`);
    const frame = tab.frames().find((one) => one.url().endsWith('/framed')) ?? tab.mainFrame();
    await frame.waitForFunction('window.muster?.flush');
    await frame.evaluate(`muster.track('own', { n: 1 })`);
    const events = await flushed(frame, () => taken(2));
    expect(events.map(({ event }) => event).sort()).toEqual(['$page', 'own']);
    expect(new Set(events.map(({ visitor: id }) => id)).size).toBe(1);
    expect(await context.cookies()).toEqual([]);
  });

  it('knows a visitor again by the storage where cookies alone are denied, as in a frame of another site', async () => {
    const { visitor, open, taken } = world();
    const context = await visitor();
    await context.addInitScript(
      `Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set: () => {} })`,
    );
    const tab = await open(context, '/without');
    await tab.evaluate(`muster.login('ann of here')`);
    const next = await open(context, '/without');
    const pages = await flushed(next, () => taken(2, '$page'));
    expect(new Set(pages.map(({ visitor: id, session }) => `${id} ${session}`)).size).toBe(1);
    expect(pages[1]?.user).toBe('ann of here');
  });

  it('takes calls that were made before it was loaded, in their order', async () => {
    const { door, key, visitor, open, taken, stub } = world();
    const tab = await open(await visitor(), '/early', {
      head: `<script>${stub}
        muster('init', { key: '${key}', serverUrl: '${door.url}/' });
        muster('track', 'own', { n: 1 });
        muster('login', 'ann');
        muster('track', 'own', { n: 2 });</script><script async src="${door.url}/t.js"></script>`,
    });
    const own = await flushed(tab, () => taken(2, 'own'));
    expect(own.map(({ user, properties }) => [user, properties])).toEqual([
      [undefined, { n: 1 }],
      ['ann', { n: 2 }],
    ]);
  });

  it('errors of the listeners and calls of a page stop neither the page nor the tracker', async () => {
    const { door, key, visitor, open, taken, stub } = world();
    const context = await visitor();
    const errors: string[] = [];
    context.on('weberror', (error) => errors.push(error.error().message));
    const tab = await open(context, '/throwing', {
      head: `<script>${stub}
        muster('init', { key: '${key}', serverUrl: '${door.url}' });
        muster('signup', 'ann', {}, 'no date');
        muster('on', 'before-send', (event) => {
          if (event.event === '$page' && event.properties.$path === '/throwing') throw new Error('mine');
          return event;
        });
        muster('on', 'sent', () => { throw new Error('heard'); });
        muster('track', 'own', { n: 1 });</script><script async src="${door.url}/t.js"></script>`,
    });
    await tab.evaluate(`history.pushState(null, '', '/throwing/two')`);
    await flushed(tab, () => taken(1, '$page'));
    await tab.evaluate(`muster.track('own', { n: 2 })`);
    // At once: an answer that was heard with an error is no failure.
    await flushed(tab, () => taken(2, 'own'));
    expect((await taken(1, '$leave')).map(({ properties }) => properties?.['$path'])).toEqual(['/throwing']);
    expect(errors.filter((error) => error === 'mine')).toHaveLength(1);
    expect(new Set(errors)).toEqual(new Set(['mine', 'heard', 'Invalid time value']));
  });

  it('listeners hear of the first page, however late the tracker starts; two scripts count once', async () => {
    const { site, door, visitor, taken, key } = world();
    site.put({ '/late': {} });
    const tab = await (await visitor()).newPage();
    await tab.goto(`${site.url}/late`);
    await tab.evaluate(`
      window.muster = (...call) => muster.q.push(call);
      muster.q = [['init', { key: '${key}' }], ['on', 'before-send', (event) => ({ ...event, properties: { ...event.properties, seen: 1 } })]];
      for (let n = 0; n < 2; n++) document.head.append(Object.assign(document.createElement('script'), { src: '${door.url}/t.js' }));
    `);
    await tab.waitForFunction('window.muster.flush');
    await door.served(0);
    await tab.evaluate(`new Promise((done) => setTimeout(done, 200)).then(() => muster.track('own'))`);
    await flushed(tab, () => taken(2));
    const events = await taken(2);
    expect(events.map(({ event, properties }) => [event, properties?.['seen']])).toEqual([
      ['$page', 1],
      ['own', 1],
    ]);
  });

  it('is a module as well, with listeners', async () => {
    const { site, door, key, visitor, open, taken } = world();
    site.put({ '/index.js': { script: readFileSync(builtFile('index.js'), 'utf8') } });
    const tab = await open(await visitor(), '/module', {
      head: `<script type="module">
        import { init } from '/index.js';
        window.muster = init({ key: '${key}', serverUrl: '${door.url}', pages: 'manual' });
        window.answers = [];
        muster.on('before-send', (event) => (event.event === 'none' ? null : { ...event, properties: { ...event.properties, added: 1 } }));
        muster.on('sent', (answer) => answers.push(answer));
        muster.track('own', { n: 1 });
        muster.track('none');</script>`,
    });
    const events = await flushed(tab, () => taken(1));
    expect(events.map(({ event, properties }) => [event, properties])).toEqual([['own', { n: 1, added: 1 }]]);
    await tab.waitForFunction('answers.length > 0');
    expect(await tab.evaluate('answers[0]')).toEqual({ accepted: 1, duplicates: 0, rejected: 0, errors: [] });
  });

  it('sets cookies over HTTPS alone where the page came so, for the domain that is said', async () => {
    const { visitor, key } = world();
    const context = await visitor();
    await context.route('https://*.shop.test/*', (route) => {
      const isPage = new URL(route.request().url()).pathname === '/';
      const body = `<script src="/t.js" data-key="${key}" data-cookie-domain="shop.test" data-pages="manual"></script>`;
      return route.fulfill(isPage ? { contentType: 'text/html', body } : { path: builtFile('t.js') });
    });
    for (const host of ['www', 'app']) {
      const tab = await context.newPage();
      await tab.goto(`https://${host}.shop.test/`);
      await tab.waitForFunction('window.muster?.flush');
      await tab.evaluate(`muster.track('own')`);
    }
    const cookies = await context.cookies('https://blog.shop.test/');
    expect(
      cookies.map(({ name, secure, sameSite, domain, path }) => [name, secure, sameSite, domain, path]).sort(),
    ).toEqual([
      ['muster_session', true, 'Lax', '.shop.test', '/'],
      ['muster_visitor', true, 'Lax', '.shop.test', '/'],
    ]);
  });
}
