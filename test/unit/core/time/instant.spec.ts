import { formatInstant, parseInstant } from '../../../../src/core/time/instant.js';
import { utcDay } from '../../../../src/core/time/utc-day.js';
import { refusal } from '../failing.js';

const at = (value: unknown, zone = 'UTC'): string => formatInstant(parseInstant(value, zone, '/x'));

describe('parseInstant', () => {
  it.each([
    ['1997-01-01T00:00:00Z', '1997-01-01T00:00:00.000Z'],
    ['1997-01-01t00:00:00z', '1997-01-01T00:00:00.000Z'],
    ['1997-01-01T00:00:00+00:00', '1997-01-01T00:00:00.000Z'],
    ['1997-01-01T00:00:00-00:00', '1997-01-01T00:00:00.000Z'],
    ['1997-01-01T05:45:00+05:45', '1997-01-01T00:00:00.000Z'],
    ['1996-12-31T19:00:00.5-05:00', '1997-01-01T00:00:00.500Z'],
    ['1997-01-01T00:00:00.123000000Z', '1997-01-01T00:00:00.123Z'],
    ['2000-02-29T23:59:59.999Z', '2000-02-29T23:59:59.999Z'],
  ])('reads %s as %s', (text, instant) => {
    expect(at(text)).toBe(instant);
  });

  it.each([
    ['UTC', '1997-07-01', '1997-07-01T00:00:00.000Z'],
    ['Europe/Berlin', '1997-07-01', '1997-06-30T22:00:00.000Z'],
    ['Asia/Tokyo', '1970-01-01', '1969-12-31T15:00:00.000Z'],
    ['Pacific/Niue', '2262-01-01', '2262-01-01T11:00:00.000Z'],
    // Midnight does not exist: clocks go from 00:00 to 01:00, at 03:00 UTC.
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z'],
    // Midnight comes twice: the day begins with the first, still in summer time.
    ['America/Havana', '2020-11-01', '2020-11-01T04:00:00.000Z'],
    // The whole day does not exist: it begins and ends with the next.
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00.000Z'],
  ])('in %s the day %s begins at %s', (zone, date, instant) => {
    expect(at(date, zone)).toBe(instant);
  });

  it.each([
    '1997-01-01T00:00:00',
    '1997-01-01 00:00:00Z',
    '1997-01-01T24:00:00Z',
    '1997-01-01T23:59:60Z',
    '1997-01-01T00:00Z',
    '1997-01-01T00:00:00+24:00',
    '1997-1-1',
    '19970101',
    '+001997-01-01',
    'yesterday',
    '',
    852076800,
    true,
    null,
    {},
    ['1997-01-01'],
  ])('refuses %p and says what an instant looks like', (value) => {
    const refused = refusal(() => at(value));
    expect(refused).toMatchObject({ code: 'invalid_time', status: 422, pointers: ['/x'] });
    expect(refused.detail).toContain('1997-01-01T00:00:00Z');
  });

  it.each(['1997-02-29', '1997-02-30T00:00:00Z', '1997-13-01', '1997-00-10', '1900-02-29T00:00:00Z'])(
    'refuses %s: no such day',
    (text) => {
      expect(refusal(() => at(text)).detail).toContain('does not exist');
    },
  );

  it.each([
    '0001-01-01',
    '1969-12-31',
    '1969-12-30T23:59:59Z',
    '2262-01-02',
    '2262-01-02T00:00:00.001Z',
    '9999-12-31T23:59:59Z',
  ])('refuses %s and names the range', (text) => {
    expect(refusal(() => at(text)).detail).toContain('from 1970-01-01 to 2262-01-01');
  });

  it('refuses what is finer than a millisecond instead of cutting it off', () => {
    expect(refusal(() => at('1997-01-01T00:00:00.0001Z')).detail).toContain('at most 3 decimals');
  });

  it('reads what it writes', () => {
    for (const ms of [-1, 0, 1, 852_076_800_123, Date.parse('2262-01-01T14:00:00Z')]) {
      expect(parseInstant(formatInstant(ms), 'Asia/Tokyo', '/x')).toBe(ms);
    }
  });
});

describe('utcDay', () => {
  it('counts days from 1970-01-01, downwards before it', () => {
    expect([-86_400_001, -1, 0, 86_399_999, 86_400_000].map(utcDay)).toEqual([-2, -1, 0, 0, 1]);
  });
});
