import fc from 'fast-check';
import { cleanText } from '../../../../src/core/collect/clean-url.js';

const RULES = { queryParameters: new Set<string>(), hashRoutes: false };
/** Linear work takes so many times as long for so many times as much; work by the square takes 256 times as long. */
const TIMES = 16;
const TRIES = 5;

describe('cleanText', () => {
  it.each([
    ['1https://u:p@x.org/?token=1', '1https://x.org/'],
    ['_https://x.org/?token=1 b://', '_https://x.org/ b://'],
    ['a.b.https://x.org/?token=1', 'a.b.https:'],
    ['https://x.org/?a=https://y.org/?token=1#b', 'https://x.org/'],
    ['://x.org/?a', '://x.org/?a'],
    ['--://x.org/?a', '--://x.org/?a'],
    ['://://https://x.org/?token=1', '://://https://x.org/'],
  ])('of %s', (text, cleaned) => {
    expect(cleanText(text, RULES)).toBe(cleaned);
  });

  it('is what a search for whole URLs finds', () => {
    const parts = fc.constantFrom('http', 'a', '9', '.', '-', '://', ':', '/', ' ', '"', 'x.org', '?q=1', '#f', 'ü');
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (list) => {
        const text = list.join('');
        const search = /(?<![a-z])[a-z][a-z0-9+.-]*:\/\/[^\s"'<>\\^`{|}]+/gi;
        const found = text.replace(search, (url) => cleanText(url, RULES));
        expect(cleanText(text, RULES)).toBe(found);
      }),
      { numRuns: 2000 },
    );
  });

  // Processor time, which other processes do not change; the least of several tries.
  it.each(['a.', '://', 'a://', 'a:// ', 'http://"', ' '])('takes time in proportion to a text of %j', (unit) => {
    const leastMicros = (count: number): number => {
      const text = `${unit.repeat(count)} ://`;
      const times = Array.from({ length: TRIES }, () => {
        const before = process.cpuUsage();
        cleanText(text, RULES);
        const { user, system } = process.cpuUsage(before);
        return user + system;
      });
      return Math.min(...times);
    };
    const [one, many] = [leastMicros(8_192), leastMicros(8_192 * TIMES)];
    // Short ones are lost in what the program does beside.
    expect(many / Math.max(one, 1_000)).toBeLessThan(TIMES * 4);
  });
});
