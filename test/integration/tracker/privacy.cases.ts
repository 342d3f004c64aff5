import type { BrowserContext, Page } from 'playwright-core';
import { closed, flushed, type TrackerWorld } from './tracker-world.js';

/** All that a browser holds of the site: cookies, and both storages. */
async function held(context: BrowserContext, tab: Page): Promise<string[]> {
  const names = (await context.cookies()).map(({ name }) => name);
  return [...names, ...(await tab.evaluate<string[]>('Object.keys({ ...localStorage, ...sessionStorage })'))].sort();
}

/** A while in which the tracker would have sent what it has. */
async function flushedInVain(tab: Page): Promise<void> {
  await tab.evaluate('muster.flush()');
  await tab.evaluate('new Promise((done) => setTimeout(done, 30))');
}

const SIGNALS = {
  'Global Privacy Control': `Object.defineProperty(navigator, 'globalPrivacyControl', { get: () => true })`,
  'Do Not Track': `Object.defineProperty(navigator, 'doNotTrack', { get: () => '1' })`,
};

/** What does not leave, and what is not kept. */
export function privacyCases(world: () => TrackerWorld): void {
  it.each(Object.entries(SIGNALS))('with %s nothing is sent and nothing stored', async (_, signal) => {
    const { door, visitor, open } = world();
    const context = await visitor();
    await context.addInitScript(signal);
    const tab = await open(context, '/signal');
    await tab.evaluate(`muster.track('own'); muster.login('ann'); muster.statistic('x').add(1)`);
    await flushedInVain(tab);
    expect(await held(context, tab)).toEqual([]);
    await closed(tab);
    expect(door.hits).toEqual([]);
  });

  it.each(Object.entries(SIGNALS))('with %s, where that is said, events are of nobody', async (_, signal) => {
    const { visitor, open, taken, tag } = world();
    const context = await visitor();
    await context.addInitScript(signal);
    const tab = await open(context, '/anonymous', { head: tag('data-gpc="anonymous"') });
    await tab.evaluate(`muster.login('ann'); muster.track('own')`);
    const events = await flushed(tab, () => taken(3));
    for (const event of events) {
      for (const name of ['visitor', 'session', 'tab', 'user']) expect(event).not.toHaveProperty(name);
    }
    expect(await held(context, tab)).toEqual([]);
  });

  it('with daily ids no cookie is set and nothing stored', async () => {
    const { visitor, open, taken, tag } = world();
    const context = await visitor();
    const tab = await open(context, '/daily', { head: tag('data-visitor-ids="daily"') });
    await tab.evaluate(`muster.track('own'); muster.statistic('x').add(1)`);
    expect(await held(context, tab)).toEqual([]);
    await closed(tab);
    const events = await taken(4);
    expect(events.map(({ event }) => event)).toEqual(['$page', 'own', '$statistic', '$leave']);
    for (const event of events)
      for (const name of ['visitor', 'session', 'tab']) expect(event).not.toHaveProperty(name);
    expect(await context.cookies()).toEqual([]);
  });

  it('where consent is required everything waits for it, and is remembered', async () => {
    const { door, visitor, open, taken, tag } = world();
    const page = { head: tag('data-consent="required"') };
    const context = await visitor();
    const tab = await open(context, '/consent', page);
    await tab.evaluate(`muster.track('own', { n: 1 })`);
    await flushedInVain(tab);
    expect([door.hits, await held(context, tab)]).toEqual([[], []]);
    await tab.evaluate(`muster.consent(true); muster.track('own', { n: 2 })`);
    const events = await flushed(tab, () => taken(3));
    expect(events.map(({ event }) => event)).toEqual(['$page', 'own', 'own']);
    expect(new Set(events.map(({ visitor: id, session }) => `${id} ${session}`)).size).toBe(1);
    const next = await open(context, '/consent', page);
    const [again] = (await flushed(next, () => taken(2, '$page'))).slice(1);
    expect(again?.visitor).toBe(events[0]?.visitor);
  });

  it('what waited for a consent that is refused is forgotten', async () => {
    const { door, visitor, open, tag } = world();
    const context = await visitor();
    const tab = await open(context, '/refused', { head: tag('data-consent="required"') });
    await tab.evaluate(`muster.track('own'); muster.consent(false); muster.track('own')`);
    await flushedInVain(tab);
    await closed(tab);
    expect(door.hits).toEqual([]);
  });

  it('an opt-out ends it: ids and what waits are removed; an opt-in begins anew', async () => {
    const { door, visitor, open, taken } = world();
    const context = await visitor();
    const tab = await open(context, '/out');
    const [page] = await flushed(tab, () => taken(1, '$page'));
    await tab.evaluate(`muster.login('ann'); muster.statistic('x').add(1); muster.optOut(); muster.track('own')`);
    expect(await held(context, tab)).toEqual(['muster_choice', 'muster_choice']);
    door.forget();
    const next = await open(context, '/out');
    await flushedInVain(next);
    await closed(tab);
    expect(door.hits).toEqual([]);
    await next.evaluate(`muster.optIn(); muster.track('own', { n: 1 })`);
    const [own] = await flushed(next, () => taken(1, 'own'));
    expect(own?.user).toBeUndefined();
    expect(own?.visitor).not.toBe(page?.visitor);
  });

  it('an opt-out holds in every tab, and on a page that the browser had put aside', async () => {
    const { door, site, visitor, open, taken } = world();
    site.put({ '/elsewhere': {} });
    const context = await visitor();
    const [tab, other, aside] = [await open(context, '/a'), await open(context, '/b'), await open(context, '/c')];
    await aside.goto(`${site.url}/elsewhere`);
    await flushed(tab, async () => [...(await taken(3, '$page')), ...(await taken(1, '$leave'))]);
    await flushedInVain(other);
    door.forget();
    await other.evaluate(`window.isHeard = new Promise((done) => addEventListener('storage', done)); 0`);
    await tab.evaluate('muster.optOut()');
    await other.evaluate('window.isHeard.then(() => new Promise((done) => setTimeout(done, 1100)))');
    await other.evaluate(`muster.track('own')`);
    await flushedInVain(other);
    await aside.goBack({ waitUntil: 'commit' });
    await aside.evaluate(`muster.track('own')`);
    await flushedInVain(aside);
    expect([door.hits, await held(context, other)]).toEqual([[], ['muster_choice', 'muster_choice']]);
  });

  it('nothing is told of nobody, and secrets of many names stay', async () => {
    const { visitor, open, taken } = world();
    const tab = await open(await visitor(), '/nobody');
    await tab.evaluate(`muster.update({ plan: 'pro' });
      muster.track('own', { accessToken: 1, apiSecret: 1, 'csrf-token': 1, api_key: 1, creditCard: 1, PWD: 1, tokens_used: 2 })`);
    const [own] = await flushed(tab, () => taken(1, 'own'));
    expect(own?.properties).toEqual({ tokens_used: 2 });
    expect((await taken(1, '$update'))[0]).not.toHaveProperty('traits');
  });

  it('nothing that is typed leaves, whatever is marked', async () => {
    const { door, site, visitor, open, taken, tag } = world();
    const mark = (label: string): string =>
      `class="track-it" data-trackr-type="field" data-trackr-label="${label}" data-trackr-position="1" data-muster-event="field"`;
    site.put({ '/found': { head: tag() } });
    const tab = await open(await visitor(), '/typing', {
      head: tag(),
      body: `<form action="/found" data-muster-event="search" data-muster-kind="site">
        <input name="q" ${mark('text')}><input type="password" name="p" ${mark('password')}>
        <input type="email" name="e" ${mark('email')}><textarea name="t" ${mark('area')}></textarea>
        <select name="s" ${mark('select')}><option>none</option><option>secretly</option></select>
        <div contenteditable ${mark('editable')}></div><button ${mark('send')}>send</button></form>`,
    });
    for (const selector of ['input[name=q]', 'input[name=p]', 'input[name=e]', 'textarea', '[contenteditable]']) {
      await tab.click(selector);
      await tab.keyboard.type('secretly@x.org');
    }
    await tab.selectOption('select', 'secretly');
    await tab.evaluate(`muster.track('own', { password: 'secretly', user_token: 'secretly', cvc: 'secretly', kept: 'tokens' });
      muster.login('eve');
      muster.update({ Password: 'secretly', plan: 'pro' })`);
    await tab.click('button');
    await tab.waitForURL(/found[?]q=secretly/);
    await tab.waitForFunction('window.muster?.flush');
    await flushed(tab, () => taken(2, '$page'));
    const text = door.hits.map((hit) => hit.text).join('\n');
    expect(text).not.toContain('secretly');
    expect(text).not.toMatch(/"(q|p|e|t)=|\?q/);
    const labels = (await taken(10, '$element')).map(({ properties }) => properties?.['$label']);
    expect(new Set(labels)).toEqual(new Set(['text', 'password', 'email', 'area', 'editable', 'send']));
    expect((await taken(1, 'search'))[0]?.properties).toEqual({ kind: 'site' });
    expect((await taken(1, 'own'))[0]?.properties).toEqual({ kept: 'tokens' });
  });

  it('of addresses only what is allowed leaves', async () => {
    const { visitor, open, taken, tag, site } = world();
    const tab = await open(await visitor(), '/address?sort=up&email=ann@example.org#private', {
      head: tag('data-query-parameters="page,sort" data-denied-properties="alias,plan"'),
    });
    await tab.evaluate(`muster.track('own', { alias: 'ann', kept: 1 })`);
    const events = await flushed(tab, () => taken(2));
    expect(events.find(({ event }) => event === '$page')?.properties?.['$url']).toBe(`${site.url}/address?sort=up`);
    expect(events.find(({ event }) => event === 'own')?.properties).toEqual({ kept: 1 });
  });
}
