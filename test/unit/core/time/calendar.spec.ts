import { cutUp } from '../../../../src/core/series/series-slices.js';
import { addCalendar, periodAt, type Calendar, type CalendarInterval } from '../../../../src/core/time/calendar.js';
import { formatInstant } from '../../../../src/core/time/instant.js';

const calendar = (timeZone: string, weekStart: Calendar['weekStart'] = 'monday'): Calendar => ({ timeZone, weekStart });

function period(at: string, interval: CalendarInterval, of: Calendar): string[] {
  const { fromMs, toMs } = periodAt(Date.parse(at), interval, of);
  return [formatInstant(fromMs), formatInstant(toMs)];
}

describe('periodAt', () => {
  it.each([
    ['Europe/Berlin', '2024-03-31T12:00Z', 'day', '2024-03-30T23:00:00.000Z', '2024-03-31T22:00:00.000Z'],
    ['Europe/Berlin', '2024-10-27T12:00Z', 'day', '2024-10-26T22:00:00.000Z', '2024-10-27T23:00:00.000Z'],
    ['America/New_York', '2024-11-03T05:30Z', 'hour', '2024-11-03T05:00:00.000Z', '2024-11-03T06:00:00.000Z'],
    ['Asia/Kathmandu', '2024-07-01T00:00Z', 'month', '2024-06-30T18:15:00.000Z', '2024-07-31T18:15:00.000Z'],
    ['UTC', '2024-01-01T00:00Z', 'year', '2024-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z'],
    ['UTC', '2024-01-07T00:00Z', 'week', '2024-01-01T00:00:00.000Z', '2024-01-08T00:00:00.000Z'],
  ] as const)('in %s at %s is the %s from %s to %s', (zone, at, interval, from, to) => {
    expect(period(at, interval, calendar(zone))).toEqual([from, to]);
  });

  it('begins weeks on the day that is asked', () => {
    expect(period('2024-01-07T00:00Z', 'week', calendar('UTC', 'sunday'))[0]).toBe('2024-01-07T00:00:00.000Z');
    expect(period('2024-01-06T23:00Z', 'week', calendar('UTC', 'sunday'))[0]).toBe('2023-12-31T00:00:00.000Z');
  });

  it('has a last hour of half the length where clocks move by 30 minutes', () => {
    expect(period('2024-10-06T12:45Z', 'hour', calendar('Australia/Lord_Howe'))).toEqual([
      '2024-10-06T12:30:00.000Z',
      '2024-10-06T13:00:00.000Z',
    ]);
  });
});

describe('cutUp', () => {
  it.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/St_Johns'])(
    'leaves no gap and no overlap in %s',
    (zone) => {
      const range = { fromMs: Date.parse('2010-10-01T01:23Z'), toMs: Date.parse('2010-11-12T04:56Z') };
      for (const interval of ['hour', 'day', 'week', 'month', 'P5D', 'PT7H']) {
        const slices = cutUp(range, interval, calendar(zone));
        expect([slices[0]?.fromMs, slices.at(-1)?.toMs]).toEqual([range.fromMs, range.toMs]);
        for (const [i, { fromMs, toMs }] of slices.entries()) {
          expect(toMs).toBeGreaterThan(fromMs);
          expect(toMs).toBe(slices[i + 1]?.fromMs ?? range.toMs);
        }
      }
    },
  );

  it('goes on where an hour comes again after midnight', () => {
    const range = { fromMs: Date.parse('2010-11-07T02:45Z'), toMs: Date.parse('2010-11-08T12:00Z') };
    const slices = cutUp(range, 'day', calendar('America/St_Johns'));
    expect(slices.map(({ fromMs, label }) => [formatInstant(fromMs), label])).toEqual([
      ['2010-11-07T02:45:00.000Z', '2010-11-07'],
      ['2010-11-08T03:30:00.000Z', '2010-11-08'],
    ]);
  });
});

describe('addCalendar', () => {
  const later = (at: string, months: number, days: number, zone: string): string =>
    formatInstant(addCalendar(Date.parse(at), { months, days }, zone));

  it.each([
    ['2024-01-31T00:00Z', 1, 0, 'UTC', '2024-02-29T00:00:00.000Z'],
    ['2024-01-31T00:00Z', 2, 0, 'UTC', '2024-03-31T00:00:00.000Z'],
    ['2024-03-30T23:00Z', 0, 1, 'Europe/Berlin', '2024-03-31T22:00:00.000Z'],
    ['2018-11-03T03:00Z', 0, 1, 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
    ['2024-03-30T01:30Z', 0, 1, 'Europe/Berlin', '2024-03-31T01:30:00.000Z'],
  ] as const)('%s and %d months, %d days in %s is %s', (at, months, days, zone, expected) => {
    expect(later(at, months, days, zone)).toBe(expected);
  });
});
