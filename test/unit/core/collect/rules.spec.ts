import fc from 'fast-check';
import { isOriginOf, originOfReferer } from '../../../../src/core/access/origin-of-key.js';
import { cleanText, cleanUrl } from '../../../../src/core/collect/clean-url.js';
import { dailyVisitor } from '../../../../src/core/collect/daily-visitor.js';
import { firstTouchOf, sourceOfHost } from '../../../../src/core/collect/first-touch.js';
import { isOfSession, newSession, withEvent, type ServerSession } from '../../../../src/core/collect/session-rule.js';

const NONE = { queryParameters: new Set<string>(), hashRoutes: false };
const SOME = { queryParameters: new Set(['q', 'a b']), hashRoutes: true };

describe('cleanUrl', () => {
  it.each([
    ['https://x.org/a?token=1#top', 'https://x.org/a', 'https://x.org/a'],
    ['https://x.org/a?q=1&token=2&a%20b=3&a+b=4', 'https://x.org/a', 'https://x.org/a?q=1&a%20b=3&a+b=4'],
    ['https://ann:secret@x.org/a', 'https://x.org/a', 'https://x.org/a'],
    [' \thttps://x.org/a?token=1', 'https://x.org/a', 'https://x.org/a'],
    ['h\nttps://ann:secret@x.org/a', 'https://x.org/a', 'https://x.org/a'],
    ['ja\tvascript:secret()', 'javascript:', 'javascript:'],
    ['/\r/ann:secret@x.org/a', '//x.org/a', '//x.org/a'],
    ['\\\\ann:secret@x.org/a', '//x.org/a', '//x.org/a'],
    ['HTTPS://X.org/#/route?q=1&token=2', 'https://x.org/', 'https://x.org/#/route?q=1'],
    ['https://x.org/#token', 'https://x.org/', 'https://x.org/'],
    ['mailto:ann@x.org?subject=s', 'mailto:', 'mailto:'],
    ['tel:+4912345', 'tel:', 'tel:'],
    ['data:text/plain,secret', 'data:', 'data:'],
    ['javascript:secret()', 'javascript:', 'javascript:'],
    ['http://', 'http:', 'http:'],
    ['/a/b?token=1#c', '/a/b', '/a/b'],
    ['/a?q=%zz', '/a', '/a?q=%zz'],
    ['//ann:secret@x.org/a?token=1', '//x.org/a', '//x.org/a'],
    ['?token=1', '', ''],
    ['', '', ''],
  ])('of %s', (url, none, some) => {
    expect([cleanUrl(url, NONE), cleanUrl(url, SOME)]).toEqual([none, some]);
    expect(cleanText(`see ${url} `, NONE)).not.toContain('://ann');
  });

  it('leaves no parameter, fragment or user name that nobody has allowed, and changes nothing twice', () => {
    const secret = fc.stringMatching(/^[a-z]{6}$/).map((text) => `zz${text}`);
    const parts = fc.record({ user: secret, name: secret, value: secret, hash: secret, path: fc.webPath() });
    fc.assert(
      fc.property(parts, fc.boolean(), ({ user, name, value, hash, path }, hasScheme) => {
        const start = hasScheme ? `https://${user}:${value}@x.org` : `//${user}:${value}@x.org`;
        const cleaned = cleanUrl(`${start}${path}?q=ok&${name}=${value}#${hash}`, SOME);
        expect(cleaned).toContain('q=ok');
        for (const hidden of [user, name, value, hash]) expect(cleaned).not.toContain(hidden);
        expect(cleanUrl(cleaned, SOME)).toBe(cleaned);
      }),
    );
  });

  it('cleans URLs within texts, and leaves the rest', () => {
    const text = 'From https://x.org/a?token=1#b and (ftp://u:p@y.org/z); 5 > 3: fine';
    expect(cleanText(text, NONE)).toBe('From https://x.org/a and (ftp: 5 > 3: fine');
  });
});

describe('first touch', () => {
  const of = (url: string | null, referrer: string | null = null) => firstTouchOf({ url, referrer });

  it.each([
    ['nothing', of('https://x.org/'), { $source: 'direct', $medium: 'none' }],
    ['its own pages', of('https://x.org/a', 'https://x.org/b'), { $source: 'direct', $medium: 'none' }],
    [
      'UTM',
      of('https://x.org/?utm_source=a&utm_medium=b&utm_campaign=c&utm_term=d&utm_content=e'),
      {
        $source: 'a',
        $medium: 'b',
        $campaign: 'c',
        $term: 'd',
        $content: 'e',
      },
    ],
    ['UTM before a click id', of('https://x.org/?gclid=1&utm_source=a'), { $source: 'a', $medium: 'cpc' }],
    ['UTM without a medium', of('https://x.org/?utm_source=a'), { $source: 'a' }],
    [
      'a click id before the referrer',
      of('https://x.org/?msclkid=1', 'https://www.google.com/'),
      {
        $referrer_host: 'www.google.com',
        $source: 'bing',
        $medium: 'cpc',
      },
    ],
    [
      'a search engine',
      of('https://x.org/', 'https://www.google.co.uk/search?q=secret'),
      {
        $referrer_host: 'www.google.co.uk',
        $source: 'google',
        $medium: 'organic',
      },
    ],
    [
      'a link',
      of('https://x.org/', 'https://www.blog.example.com/post?id=7'),
      {
        $referrer_host: 'www.blog.example.com',
        $source: 'blog.example.com',
        $medium: 'referral',
      },
    ],
    ['no page', of(null, 'https://t.co/x'), { $referrer_host: 't.co', $source: 'twitter', $medium: 'social' }],
    [
      'a referrer that is none',
      of('https://x.org/', 'android-app://com.example'),
      { $source: 'direct', $medium: 'none' },
    ],
  ])('of %s', (_, touch, expected) => expect(touch).toEqual(expected));

  it.each([
    ['google.de', 'google', 'organic'],
    ['mail.google.com', 'gmail', 'email'],
    ['gemini.google.com', 'gemini', 'assistant'],
    ['google.evil.com', 'google.evil.com', 'referral'],
    ['notgoogle.com', 'notgoogle.com', 'referral'],
    ['l.facebook.com', 'facebook', 'social'],
    ['de.search.yahoo.com', 'yahoo', 'organic'],
    ['localhost', 'localhost', 'referral'],
  ])('of the host %s', (host, source, medium) => expect(sourceOfHost(host)).toEqual({ source, medium }));

  it('keeps nothing of a click id or of another parameter', () => {
    const secret = fc.stringMatching(/^[a-z]{8}$/).map((text) => `zz${text}`);
    fc.assert(
      fc.property(secret, fc.constantFrom('gclid', 'fbclid', 'token', 'email'), (value, name) => {
        const touch = of(`https://x.org/?${name}=${value}#${value}`, `https://y.org/${value}?a=${value}`);
        expect(JSON.stringify(touch)).not.toContain(value);
      }),
    );
  });
});

describe('origins of a key', () => {
  const ORIGINS = ['https://x.org', '*.example.org'];

  it.each([
    ['https://x.org', true],
    ['https://X.org', true],
    ['http://x.org', false],
    ['https://x.org:8443', false],
    ['https://a.example.org', true],
    ['http://a.b.example.org:81', true],
    ['https://example.org', false],
    ['https://badexample.org', false],
    ['https://a.example.org.evil.org', false],
    ['https://a.example.org/path', false],
    ['https://evil.org#.example.org', false],
    ['null', false],
  ])('%s: %s', (origin, isOne) => expect(isOriginOf(ORIGINS, origin)).toBe(isOne));

  it('are those of the page in a referer', () => {
    expect(originOfReferer('https://x.org/a?b')).toBe('https://x.org');
    expect(['', 'x.org', 'file:///a', 'https://'].map(originOfReferer)).toEqual([null, null, null, null]);
  });
});

describe('sessions of the server', () => {
  const MINUTE = 60_000;

  /** By the sentence of the documents: a gap of 30 minutes, or 24 hours, begins another one. */
  function bySentence(times: readonly number[]): number[] {
    let [start, last, n] = [-Infinity, -Infinity, 0];
    return times.map((at) => {
      if (at - last >= 30 * MINUTE || at - start >= 24 * 60 * MINUTE) [start, n] = [at, n + 1];
      last = at;
      return n;
    });
  }

  it.each([
    [30 * MINUTE - 1, true],
    [30 * MINUTE, false],
  ])('hold for less than 30 minutes of silence: %s', (gap, isOne) => {
    expect(isOfSession(newSession('v', 0, {}), gap)).toBe(isOne);
  });

  it('begin after a gap, and end after a day', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 50 * MINUTE }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(gaps, (steps) => {
        let at = 0;
        const times = steps.map((step) => (at += step));
        let session: ServerSession | undefined;
        const ids = times.map((ms) => {
          session = session && isOfSession(session, ms) ? withEvent(session, ms) : newSession('v', ms, {});
          return session.id;
        });
        const numbers = ids.map((id) => 1 + [...new Set(ids)].indexOf(id));
        expect(numbers).toEqual(bySentence(times));
      }),
    );
  });
});

describe('daily visitors', () => {
  const seen = { propertyId: 'prop_1', network: '203.0.113.0/24', agent: 'Browser' };
  const key = Buffer.alloc(32, 1);

  it('are others by key, property, network and browser, and the same by all of them', () => {
    const ids = [
      dailyVisitor(seen, key),
      dailyVisitor(seen, Buffer.alloc(32, 2)),
      dailyVisitor({ ...seen, propertyId: 'prop_2' }, key),
      dailyVisitor({ ...seen, network: null }, key),
      dailyVisitor({ ...seen, agent: 'Another' }, key),
    ];
    expect(new Set(ids).size).toBe(5);
    expect(dailyVisitor({ ...seen }, Buffer.from(key))).toBe(ids[0]);
    for (const id of ids) expect(id).toMatch(/^[\w-]{22}$/);
  });
});
