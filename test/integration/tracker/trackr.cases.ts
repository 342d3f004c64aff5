import { closed, type TrackerWorld } from './tracker-world.js';

/** As aktivat's README has it, for the head of a page. */
const HEAD = `<script>
  window.trackrloadstart = new Date().getTime();
</script>`;

/** ... and for the bottom of its body, with the options filled in. */
const loader = (options: string): string => `<script>
  var o = {
    ${options}
  };
  var r,s,t;r=false;s=document.createElement("script");s.type="text/javascript";s.src=o.serverUrl+"/js/trackr.js";s.onload=s.onreadystatechange=function(){if(!r&&(!this.readyState||this.readyState==="complete")){r=true;return window.trackr=new window.Trackr(o)}};t=document.getElementsByTagName("head")[0];t.appendChild(s)
</script>`;

/** A page that was made for aktivat: nothing of it is changed but the address. */
export function trackrCases(world: () => TrackerWorld): void {
  const page = (more = '', body = '') => ({
    head: HEAD,
    body: body + loader(`account: "${world().key}", trackrClass: "track-it", serverUrl: "${world().door.url}"${more}`),
  });

  it('its snippet counts pages, marked elements and sessions, under the names of its cookies', async () => {
    const { site, visitor, taken } = world();
    const context = await visitor();
    const mark = 'class="track-it" data-trackr-type="link" data-trackr-label="more" data-trackr-position="1"';
    site.put({ '/old': page('', `<a href="#x" ${mark}>more</a><input ${mark}>`) });
    const tab = await context.newPage();
    await tab.goto(`${site.url}/old`);
    await tab.waitForFunction('window.trackr');
    const began = Number(await tab.evaluate('window.trackrloadstart'));
    await tab.click('a');
    await tab.fill('input', 'typed');
    const name = await tab.evaluate<string>('window.name');
    const cookies = await context.cookies();
    await closed(tab);
    const events = await taken(7);
    const of = (event: string): unknown[] => events.filter((one) => one.event === event);
    expect([of('$page').length, of('$leave').length]).toEqual([1, 1]);
    expect(events.find(({ event }) => event === '$page')?.time).toBe(new Date(began).toISOString());
    const actions = events.map(({ properties }) => properties?.['$action']).filter(Boolean);
    expect(new Set(actions)).toEqual(new Set(['mouseover', 'focus', 'click', 'blur']));
    expect(JSON.stringify(events)).not.toContain('typed');
    const value = Object.fromEntries(cookies.map((cookie) => [cookie.name, cookie.value]));
    for (const { visitor: id, session, tab: tabId } of events) {
      expect([id, session, `trackit_tab_${tabId}`]).toEqual([
        value['trackit_v_visitor'],
        value['trackit_session'],
        name,
      ]);
    }
  });

  it('its seven functions do what they were meant to', async () => {
    const { site, visitor, taken } = world();
    site.put({ '/functions': page() });
    const context = await visitor();
    const tab = await context.newPage();
    await tab.goto(`${site.url}/functions`);
    await tab.waitForFunction('window.trackr');
    await tab.evaluate(`
      trackr.signupUser(17, { plan: 'free', address: { city: 'Bern' } });
      trackr.updateUser({ plan: 'pro' });
      trackr.logoutUser();
      trackr.loginUser('ann');
      trackr.loginAndImportUser('bob', { plan: 'old' }, 1580688000);
      window.was = window.trackrloadstart;
      trackr.trackPageStart();
      new Promise((done) => setTimeout(done, 30)).then(() => {
        history.pushState(null, '', '/functions/two');
        trackr.trackPageEnd();
      });
    `);
    expect(await tab.evaluate('trackrloadstart > was')).toBe(true);
    expect((await context.cookies()).find(({ name }) => name === 'trackit_visitor')?.value).toBe('bob');
    await closed(tab);
    const events = await taken(9);
    expect(events.map(({ event, user, traits, registered_at }) => [event, user, traits, registered_at])).toEqual([
      ['$page', undefined, undefined, undefined],
      ['$signup', '17', { plan: 'free', address_city: 'Bern' }, undefined],
      ['$update', '17', { plan: 'pro' }, undefined],
      ['$logout', '17', undefined, undefined],
      ['$login', 'ann', undefined, undefined],
      ['$login', 'bob', { plan: 'old' }, '2020-02-03T00:00:00.000Z'],
      ['$leave', 'bob', undefined, undefined],
      ['$page', 'bob', undefined, undefined],
      ['$leave', 'bob', undefined, undefined],
    ]);
    expect(events[7]?.properties).toMatchObject({ $path: '/functions/two' });
    expect(events[7]?.properties?.['$load_ms']).toBeGreaterThanOrEqual(29);
  });

  it('takes what pages pass on: no date, no user, nested data with dates, a key in the address', async () => {
    const { site, door, key, visitor, taken } = world();
    const old = page();
    site.put({
      '/as-it-was': {
        ...old,
        body: old.body.replace(key, 'UA-17').replace('"/js/trackr.js"', `"/js/trackr.js?key=${key}"`),
      },
    });
    const tab = await (await visitor()).newPage();
    await tab.goto(`${site.url}/as-it-was`);
    await tab.waitForFunction('window.trackr');
    await tab.evaluate(`
      trackr.loginUser(undefined);
      trackr.signupUser('a', null, '1580688000');
      trackr.signupUser('b', { born: new Date(0) }, '');
      trackr.signupUser('c', {}, null);
      trackr.signupUser('d', {}, 'no date');
    `);
    await closed(tab);
    const events = await taken(6);
    expect(door.hits[0]?.body.key).toBe(key);
    expect(
      events
        .filter(({ event }) => /^\$(signup|login)$/.test(event))
        .map((one) => [one.user, one.traits, one.registered_at]),
    ).toEqual([
      ['a', {}, '2020-02-03T00:00:00.000Z'],
      ['b', { born: '1970-01-01T00:00:00.000Z' }, undefined],
      ['c', {}, undefined],
      ['d', {}, undefined],
    ]);
  });

  it('its options: names of cookies and variable, selector of elements, tabs that are not told', async () => {
    const { site, visitor, taken } = world();
    const more = `, sessionCookieName: "my_session", v_visitorCookieName: "my_browser", visitorCookieName: "my_user",
      loadstartvariable: "began", tabIdPrefix: "my_tab_", trackTabs: false`;
    const body =
      '<button class="trackit" data-trackr-type="a" data-trackr-label="b" data-trackr-position="c">x</button>';
    const old = page(more.replace('trackTabs: false', 'trackTabs: true'), body);
    site.put({
      '/options': { ...page(more, body), head: '<script>window.began = Date.now() - 5000</script>' },
      '/selector': { ...old, body: old.body.replace('"track-it"', '".trackit"') },
    });
    const context = await visitor();
    const tab = await context.newPage();
    await tab.goto(`${site.url}/options`);
    await tab.waitForFunction('window.trackr');
    await tab.evaluate(`window.name = 'mine'; trackr.loginUser('ann')`);
    expect((await context.cookies()).map(({ name }) => name).sort()).toEqual(['my_browser', 'my_session', 'my_user']);
    await closed(tab);
    const [first] = await taken(3);
    expect(first?.tab).toBeUndefined();
    const other = await context.newPage();
    await other.goto(`${site.url}/selector`);
    await other.waitForFunction('window.trackr');
    await other.click('button');
    expect(await other.evaluate('window.name')).toMatch(/^my_tab_/);
    await closed(other);
    const [element] = await taken(1, '$element');
    expect(element?.tab).toMatch(/^[0-9a-f]{31}$/);
  });
}
