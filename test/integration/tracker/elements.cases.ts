import type { Page } from 'playwright-core';
import type { SentEvent } from './recording-door.js';
import { flushed, type TrackerWorld } from './tracker-world.js';

const marked = (label: string): string =>
  `class="track-it" data-trackr-type="field" data-trackr-label="${label}" data-trackr-position="1"`;

/** Marked elements where pages are built in other ways than of plain elements. */
export function elementCases(world: () => TrackerWorld): void {
  async function counted(tab: Page, event = '$element'): Promise<SentEvent[]> {
    await tab.evaluate(`muster.track('last')`);
    await flushed(tab, () => world().taken(1, 'last'));
    return world().taken(0, event);
  }
  const clicks = (events: readonly SentEvent[]): unknown[] =>
    events
      .filter(({ properties }) => properties?.['$action'] === 'click')
      .map(({ properties }) => properties?.['$label']);

  it('count in open shadow roots, and not in closed ones', async () => {
    const { visitor, open, site } = world();
    const tab = await open(await visitor(), '/shadow', { body: '<p id="open"></p><p id="closed"></p>' });
    await tab.evaluate(`
      for (const mode of ['open', 'closed']) {
        const root = document.getElementById(mode).attachShadow({ mode });
        root.innerHTML = '<button ${marked('inner')}><span>buy</span></button><button data-muster-event="own" data-muster-n="1">own</button>' +
          '<a href="/report.pdf">file</a>';
        root.querySelector('a').addEventListener('click', (event) => event.preventDefault());
        for (const one of root.querySelectorAll('span, [data-muster-event], a')) one.click();
      }
      window.nested = document.getElementById('open').shadowRoot.querySelector('span').attachShadow({ mode: 'open' });
      nested.innerHTML = '<i>deep</i>';
      nested.querySelector('i').click();
    `);
    expect(clicks(await counted(tab))).toEqual(['inner', 'inner']);
    expect((await world().taken(1, 'own')).map(({ properties }) => properties)).toEqual([{ n: '1' }]);
    expect((await world().taken(1, '$download')).map(({ properties }) => properties?.['$url'])).toEqual([
      `${site.url}/report.pdf`,
    ]);
  });

  it('count whatever the fields of a form are called', async () => {
    const { visitor, open } = world();
    const names = ['dataset', 'className', 'getAttribute', 'attributes', 'tagName', 'matches', 'closest', 'contains'];
    const fields = [...names, 'getAttributeNames', 'hasAttribute'].map(
      (name) => `<input name="${name}" value="typed">`,
    );
    const tab = await open(await visitor(), '/fields', {
      body: `<form ${marked('form')} data-muster-event="asked" data-muster-kind="site" onsubmit="event.preventDefault()">
        ${fields.join('')}<button>go</button></form>`,
    });
    await tab.evaluate(`for (const one of document.querySelectorAll('input[name=dataset], button')) one.click()`);
    const elements = await counted(tab);
    expect(clicks(elements)).toEqual(['form', 'form']);
    expect((await world().taken(1, 'asked')).map(({ properties }) => properties)).toEqual([{ kind: 'site' }]);
    expect(JSON.stringify(world().door.hits.map(({ text }) => text))).not.toContain('typed');
  });

  it('a click on a label counts once, and so does one on its field', async () => {
    const { visitor, open } = world();
    const tab = await open(await visitor(), '/labels', {
      body: `<label ${marked('around')} data-muster-event="chosen"><b>yes</b> <input type="checkbox" id="in"></label>
        <div ${marked('beside')}><label for="other">other</label> <input type="checkbox" id="other"></div>
        <label for="alone">alone</label> <input type="checkbox" id="alone" ${marked('field')}>`,
    });
    await tab.click('b');
    expect(await tab.isChecked('#in')).toBe(true);
    await tab.click('#in');
    await tab.click('label[for=other]');
    await tab.click('#other');
    await tab.click('label[for=alone]');
    expect(clicks(await counted(tab))).toEqual(['around', 'around', 'beside', 'beside', 'field']);
    expect(await world().taken(0, 'chosen')).toHaveLength(2);
    // The focus that a click on a label gives to its field is one.
    const focused = await world().taken(3, '$element');
    expect(focused.filter(({ properties }) => properties?.['$action'] === 'focus')).toHaveLength(3);
  });
}
