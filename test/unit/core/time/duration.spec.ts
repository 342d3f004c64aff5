import * as fc from 'fast-check';
import { formatDuration, parseDuration } from '../../../../src/core/time/duration.js';
import { refusal } from '../failing.js';

const canonical = (value: unknown): string => formatDuration(parseDuration(value, '/t'));

describe('parseDuration', () => {
  it.each([
    ['P30D', 'P30D'],
    ['PT24H', 'P1D'],
    ['PT720H', 'P30D'],
    ['P1W', 'P7D'],
    ['P1W2DT3H4M5S', 'P9DT3H4M5S'],
    ['PT90M', 'PT1H30M'],
    ['PT86400S', 'P1D'],
    ['PT1.5H', 'PT1H30M'],
    ['P0.5D', 'PT12H'],
    ['P1DT0.25S', 'P1DT0.25S'],
    ['PT0,001S', 'PT0.001S'],
    ['PT0.0001H', 'PT0.36S'],
    ['PT0S', 'PT0S'],
    ['P0D', 'PT0S'],
    ['P110000D', 'P110000D'],
  ])('reads %s as %s', (text, normal) => {
    expect(canonical(text)).toBe(normal);
  });

  it.each(['P1M', 'P1Y', 'P1Y2M3D', 'P1Y2M3DT4H', 'P0M', 'P1M1W'])(
    'refuses %s: years and months have no fixed length',
    (text) => {
      const refused = refusal(() => canonical(text));
      expect(refused).toMatchObject({ code: 'invalid_time', status: 422, pointers: ['/t'] });
      expect(refused.detail).toContain('no fixed length');
    },
  );

  it.each([
    'P',
    'PT',
    'P1DT',
    '-P1D',
    '+P1D',
    'p1d',
    '1D',
    'P1.5DT1H',
    'P1H',
    'PT1D',
    'P1D1W',
    'P 1D',
    'P1D ',
    '30',
    30,
    null,
    {},
    ['P1D'],
  ])('refuses %p and says what a duration looks like', (value) => {
    expect(refusal(() => canonical(value))).toMatchObject({ code: 'invalid_time', pointers: ['/t'] });
    expect(refusal(() => canonical(value)).detail).toContain('"PT12H"');
  });

  it('refuses parts of a millisecond and absurd lengths', () => {
    expect(refusal(() => canonical('PT0.0001S')).detail).toContain('milliseconds');
    expect(refusal(() => canonical('P0.1234567D')).code).toBe('invalid_time');
    expect(refusal(() => canonical('P110001D')).detail).toContain('P110000D');
    expect(refusal(() => canonical('PT999999999999999H')).detail).toContain('P110000D');
    expect(refusal(() => canonical(`P${'9'.repeat(100_000)}D`)).code).toBe('invalid_time');
  });

  it('reads what it writes, to the millisecond', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 110_000 * 86_400_000 }),
        (ms) => parseDuration(formatDuration(ms), '/t') === ms,
      ),
    );
  });

  it('writes one text for one length, however it is spelled', () => {
    const parts = fc.tuple(fc.nat(50), fc.nat(500), fc.nat(500), fc.nat(5000), fc.nat(100_000));
    fc.assert(
      fc.property(parts, ([weeks, days, hours, minutes, seconds]) => {
        const total = ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds;
        expect(canonical(`P${weeks}W${days}DT${hours}H${minutes}M${seconds}S`)).toBe(canonical(`PT${total}S`));
      }),
    );
  });
});
