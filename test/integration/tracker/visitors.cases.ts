import { flushed, type TrackerWorld } from './tracker-world.js';

const MARK = 'class="track-it" data-trackr-type="button" data-trackr-position="2"';

/** Who visits, what he does with marked elements, and what an application tells of him. */
export function visitorCases(world: () => TrackerWorld): void {
  it('sign-up, login, import, update and logout tell who it is, and events after them are his', async () => {
    const { site, visitor, open, taken } = world();
    const context = await visitor();
    const tab = await open(context, '/people');
    await tab.evaluate(`
      muster.track('before');
      muster.signup('carol', { plan: 'free' });
      muster.update({ plan: 'pro' });
    `);
    await tab.goto(`${site.url}/people`);
    await tab.waitForFunction('window.muster?.flush');
    await tab.evaluate(`
      muster.track('still');
      muster.logout();
      muster.track('after');
      muster.login('dave', { plan: 'old' }, '2020-02-03T00:00:00+01:00');
      muster.identify('dave');
      muster.identify('dave', { seats: 3 });
      muster.track('his');
    `);
    const events = await flushed(tab, async () => (await taken(1, 'his')) && taken(0));
    const own = events.filter(({ event }) => !/^\$(page|leave)$/.test(event));
    expect(own.map(({ event, user, traits, registered_at }) => [event, user, traits, registered_at])).toEqual([
      ['before', undefined, undefined, undefined],
      ['$signup', 'carol', { plan: 'free' }, undefined],
      ['$update', 'carol', { plan: 'pro' }, undefined],
      ['still', 'carol', undefined, undefined],
      ['$logout', 'carol', undefined, undefined],
      ['after', undefined, undefined, undefined],
      ['$login', 'dave', { plan: 'old' }, '2020-02-02T23:00:00.000Z'],
      ['$update', 'dave', { seats: 3 }, undefined],
      ['his', 'dave', undefined, undefined],
    ]);
    expect(new Set(own.map(({ visitor: id }) => id)).size).toBe(1);
  });

  it('marked elements tell click, focus, blur and mouseover, by mouse', async () => {
    const { site, visitor, open, taken } = world();
    const tab = await open(await visitor(), '/marked', {
      body: `<button ${MARK} data-trackr-label="buy"><b>buy</b> <i>now</i></button>
        <button class="track-it" data-trackr-type="button">not all attributes</button><p>text</p>`,
    });
    await tab.hover('b');
    // Still within.
    await tab.hover('i');
    await tab.click('i');
    await tab.click('button:nth-of-type(2)');
    const elements = await flushed(tab, () => taken(4, '$element'));
    expect(elements.map(({ properties }) => properties?.['$action'])).toEqual(['mouseover', 'focus', 'click', 'blur']);
    for (const { properties } of elements) {
      expect(properties).toEqual({
        $action: properties?.['$action'],
        $type: 'button',
        $label: 'buy',
        $position: '2',
        $url: `${site.url}/marked`,
        $path: '/marked',
      });
    }
  });

  it('and by keyboard', async () => {
    const { visitor, open, taken, tag } = world();
    const tab = await open(await visitor(), '/keyboard', {
      head: tag('data-trackr-class="seen"'),
      body: `<a href="#x" ${MARK.replace('track-it', 'seen')} data-trackr-label="link">on</a><input>`,
    });
    await tab.keyboard.press('Tab');
    await tab.keyboard.press('Enter');
    await tab.keyboard.press('Tab');
    await tab.keyboard.type('typed');
    const elements = await flushed(tab, () => taken(3, '$element'));
    expect(elements.map(({ properties }) => properties?.['$action'])).toEqual(['focus', 'click', 'blur']);
  });

  it('the focus that moves within a marked element neither comes nor goes', async () => {
    const { visitor, open, taken } = world();
    const tab = await open(await visitor(), '/within', {
      body: `<form ${MARK} data-trackr-label="form"><input><input></form><button>out</button>`,
    });
    for (let n = 0; n < 3; n++) await tab.keyboard.press('Tab');
    await tab.evaluate(`muster.track('last')`);
    await flushed(tab, () => taken(1, 'last'));
    const elements = await taken(2, '$element');
    expect(elements.map(({ properties }) => properties?.['$action'])).toEqual(['focus', 'blur']);
  });

  it('elements are events of their own by attributes', async () => {
    const { visitor, open, taken } = world();
    const tab = await open(await visitor(), '/declared', {
      body: `<button data-muster-event="plan chosen" data-muster-plan="pro" data-muster-plan-price="12"><b>Pro</b></button>
        <form data-muster-event="asked" onsubmit="event.preventDefault()"><input name="q" value="secret"><button>go</button></form>`,
    });
    await tab.click('b');
    await tab.click('form button');
    const events = await flushed(tab, async () => [...(await taken(1, 'plan chosen')), ...(await taken(1, 'asked'))]);
    expect(events.map(({ event, properties }) => [event, properties])).toEqual([
      ['plan chosen', { plan: 'pro', plan_price: '12' }],
      ['asked', {}],
    ]);
  });

  it('links to elsewhere and to files', async () => {
    const { site, visitor, open, taken, tag } = world();
    const body = `<base target="_blank"><a id="out" href="http://ann:pw@elsewhere.invalid/x?token=1#y">out</a>
      <a id="file" href="/report.PDF?v=1">file</a><a id="save" href="/data" download>save</a>
      <a id="mail" href="mailto:ann@example.org">mail</a><a id="in" href="/declared">in</a>`;
    const context = await visitor();
    const tab = await open(context, '/links', { body });
    await tab.evaluate(`addEventListener('click', (event) => event.preventDefault())`);
    for (const id of ['out', 'file', 'save', 'mail', 'in']) await tab.click(`#${id}`);
    await tab.click('#out', { button: 'middle' });
    const events = await flushed(tab, async () => [...(await taken(2, '$outbound')), ...(await taken(2, '$download'))]);
    expect(events.map(({ event, properties }) => [event, properties?.['$url']])).toEqual([
      ['$outbound', 'http://elsewhere.invalid/x'],
      ['$outbound', 'http://elsewhere.invalid/x'],
      ['$download', `${site.url}/report.PDF`],
      ['$download', `${site.url}/data`],
    ]);
    const none = await open(context, '/links', { body, head: tag('data-links="false"') });
    await none.evaluate(`addEventListener('click', (event) => event.preventDefault())`);
    await none.click('#out');
    await none.evaluate(`muster.track('last')`);
    await flushed(none, () => taken(1, 'last'));
    expect(await taken(0, '$outbound')).toHaveLength(2);
  });

  it('experiments, goals, orders and interests', async () => {
    const { visitor, open, taken } = world();
    const tab = await open(await visitor(), '/shop');
    await tab.evaluate(`
      muster.exposure('price', 'b');
      muster.conversion('trial', 12.5, 'EUR');
      muster.order({ order: 'o-1', value: 30, currency: 'EUR',
        items: [{ product: 'p-1', category: 'tea', price: 10, quantity: 3 }] });
      muster.interest('tea');
    `);
    const events = await flushed(tab, async () => (await taken(1, '$interest')) && taken(0));
    expect(events.filter(({ event }) => event !== '$page').map(({ event, properties }) => [event, properties])).toEqual(
      [
        ['$exposure', { experiment: 'price', variant: 'b' }],
        ['$conversion', { goal: 'trial', value: 12.5, currency: 'EUR' }],
        ['$order', { order: 'o-1', value: 30, currency: 'EUR' }],
        ['$interest', { category: 'tea', weight: 1 }],
        // In the order of the ids: that of an item is of its order.
        ['$order_item', { order: 'o-1', currency: 'EUR', product: 'p-1', category: 'tea', price: 10, quantity: 3 }],
      ],
    );
  });

  it('the items of an order are the same ones when its page is loaded again', async () => {
    const { visitor, open, taken } = world();
    const context = await visitor();
    for (const count of [1, 2]) {
      const tab = await open(context, '/thanks');
      await tab.evaluate(`
        muster.on('before-send', (event) => (event.event === '$order' ? null : event));
        muster.order({ order: 'o-2', value: 3, items: [{ product: 'a' }, { product: 'b' }] });
        muster.track('told');
      `);
      await flushed(tab, () => taken(count, 'told'));
    }
    const items = await taken(2, '$order_item');
    expect(items.map(({ properties }) => properties?.['product'])).toEqual(['a', 'b']);
  });

  it('statistics, states, timers and sequences go on over pages', async () => {
    const { site, visitor, open, taken } = world();
    const tab = await open(await visitor(), '/app');
    await tab.evaluate(`
      muster.statistic('exports').add(2);
      muster.state('theme').set('dark');
      muster.sequence('buying', ['cart', 'paid']).reach('cart');
    `);
    await tab.goto(`${site.url}/app`);
    await tab.waitForFunction('window.muster?.flush');
    await tab.evaluate(`
      muster.statistic('exports').add(3);
      muster.state('theme').set('light');
      muster.sequence('buying', ['cart', 'paid']).reach('paid');
    `);
    const events = await flushed(tab, async () => (await taken(1, '$sequence')) && taken(0));
    const own = events.filter(({ event }) => !/^\$(page|leave)$/.test(event));
    expect(own.map(({ event, properties }) => [event, properties])).toEqual([
      ['$statistic', { name: 'exports', value: 2, change: 2 }],
      ['$state', { name: 'theme', state: 'dark' }],
      ['$checkpoint', { name: 'buying', checkpoint: 'cart', position: 1 }],
      ['$statistic', { name: 'exports', value: 5, change: 3 }],
      ['$state', { name: 'theme', state: 'light', previous: 'dark' }],
      ['$checkpoint', { name: 'buying', checkpoint: 'paid', position: 2 }],
      ['$sequence', { name: 'buying', checkpoints: 'cart-->paid', completions: 1 }],
    ]);
  });
}
