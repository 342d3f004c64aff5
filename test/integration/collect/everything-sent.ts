import { callHttp } from '../../support/call-http.js';
import { CHROME, event, ORIGIN } from './collect-world.js';

// What must be nowhere in stores and logs after all kinds of hits, and what is there, to show that a search finds it.

export const ADDRESSES = [
  '203.0.113.77',
  '2001:db8:7a31:55aa:91b3:c0de:77:1234',
  '203.0.113.0/24',
  '2001:db8:7a31::/48',
];
export const TYPED = ['typed-by-hand', 'key-code-65', 'text-in-element'];
export const PARAMETERS = ['param-value', 'fragment-value', 'click-value', 'entry-value', 'user:pass', 'ann@x.org'];
export const DENIED = ['denied-value'];
export const AGENTS = ['Needle/77.1', 'Googlebot/2.1 (needle)'];
export const KEPT = ['kept-title', 'kept-campaign', 'kept-parameter', 'kept-label'];

/** What has to be set for a property, so that it takes all kinds of senders. */
export const OPEN = { query_parameters: ['q'], denied_properties: ['secret'], bots: 'mark', gpc: 'anonymous' };
/** The same of one that knows nobody again. */
export const DAILY = { visitor_ids: 'daily', query_parameters: ['q'], denied_properties: ['secret'] };

const PAGE = `${ORIGIN}/p?q=kept-parameter&token=param-value&gclid=click-value#fragment-value`;
const ENTRY = {
  url: `https://user:pass@shop.example.org/?utm_campaign=kept-campaign&x=entry-value#entry-value`,
  referrer: 'https://www.google.com/search?q=entry-value',
};

const SENDERS: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'sec-gpc': '1' },
  { 'user-agent': AGENTS[1] as string },
  { origin: 'https://evil.org' },
];

/** Sends all that a page may send, and what it may not, by each of the keys, from two networks. */
export async function sendEverything(url: string, keys: readonly string[]): Promise<void> {
  const element = {
    $action: 'blur',
    $type: 'field',
    $label: 'kept-label',
    $position: '1',
    $value: TYPED[0],
    value: TYPED[0],
    char: TYPED[1],
    $char: TYPED[1],
    $text: TYPED[2],
  };
  const events = [
    event('$page', { properties: { $url: PAGE, $referrer: PAGE, $title: `kept-title ${PAGE}` } }),
    event('$element', { properties: element }),
    event('$outbound', { properties: { $url: 'mailto:ann@x.org' } }),
    event('own', { user: 'u-1', properties: { secret: 'denied-value', link: `  ${PAGE}` } }),
    event('late', { properties: { link: PAGE } }, 8 * 86_400_000),
    event('wrong', { properties: { link: [PAGE] } }),
    event('$signup', { user: 'u-1', traits: { plan: 'pro' } }),
    event('$order', { properties: { order: 'A', link: PAGE } }),
  ];
  for (const address of ADDRESSES.slice(0, 2)) {
    for (const key of keys) {
      for (const more of SENDERS) {
        const headers = {
          'content-type': 'text/plain',
          'x-forwarded-for': address,
          'x-real-ip': address,
          origin: ORIGIN,
          referer: PAGE,
          'user-agent': `${CHROME} ${AGENTS[0]}`,
          ...more,
        };
        const bodies = [
          { key, context: { entry: ENTRY }, events },
          { key, context: { entry: ENTRY }, sent_at: new Date(0).toISOString(), events },
          { key, context: { ip: PAGE }, events },
        ];
        const texts = [...bodies.map((body) => JSON.stringify(body)), `{"${PAGE}`];
        for (const body of texts) await callHttp(url, 'POST', '/v1/collect', { headers, body });
        const query = new URLSearchParams({ key, url: PAGE, referrer: PAGE });
        await callHttp(url, 'GET', `/v1/collect.gif?${query}`, { headers });
        await callHttp(url, 'GET', `/v1/collect.gif?key=${key}`, { headers });
      }
    }
  }
}
