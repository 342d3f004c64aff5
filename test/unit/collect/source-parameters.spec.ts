import { firstTouchOf } from '../../../src/core/collect/first-touch.js';
import { CLICK_IDS } from '../../../src/core/collect/source-table.js';

interface Urls {
  cleanUrl(text: string, keep: unknown): string | undefined;
  readonly sourceParameter: unknown;
}

/** Code of browsers, which is compiled apart from the program: its types are not known here. */
const URLS = '../../../packages/tracker/src/urls.js';

let urls: Urls;

beforeAll(async () => {
  urls = (await import(URLS)) as Urls;
});

describe('an address that the tracker has cleaned tells the source as it told it before', () => {
  it.each(Object.entries(CLICK_IDS))('%s', (name, { source, medium }) => {
    const url = urls.cleanUrl(`https://a.example/?email=ann&${name}=CjwK`, urls.sourceParameter);
    expect(url).toBe(`https://a.example/?${name}=1`);
    expect(firstTouchOf({ url: url ?? '', referrer: null })).toEqual({ $source: source, $medium: medium });
  });

  it('what campaigns say of themselves', () => {
    const said = { source: 'a', medium: 'b', campaign: 'c', term: 'd', content: 'e' };
    const query = Object.entries(said).map(([name, value]) => `utm_${name}=${value}`);
    const url = urls.cleanUrl(`https://a.example/?${query.join('&')}&utm_email=ann`, urls.sourceParameter);
    const told = Object.fromEntries(Object.entries(said).map(([name, value]) => [`$${name}`, value]));
    expect(firstTouchOf({ url: url ?? '', referrer: null })).toEqual(told);
    expect(url).not.toContain('ann');
  });
});
