import { calendarAfter } from '../../support/oracle/calendar-age.js';
import { slicesOf } from '../../support/oracle/slices.js';

const HOUR_MS = 3_600_000;

/** The label of each slice, and how many hours it has. */
function hours(interval: string, from: string, to: string, timeZone: string, weekStart = 'monday'): [string, number][] {
  const slices = slicesOf(interval, Date.parse(from), Date.parse(to), { timeZone, weekStart });
  slices.slice(1).forEach(({ fromMs }, i) => expect(fromMs).toBe(slices[i]?.toMs));
  return slices.map(({ label, fromMs, toMs }) => [label, (toMs - fromMs) / HOUR_MS]);
}

describe('slices of days on which clocks change', () => {
  it.each([
    ['Europe/Berlin', '2024-03-31', '2024-03-30T23:00Z', 23, '2024-03-31T22:00Z'],
    ['Europe/Berlin', '2024-10-27', '2024-10-26T22:00Z', 25, '2024-10-27T23:00Z'],
    ['America/New_York', '2024-03-10', '2024-03-10T05:00Z', 23, '2024-03-11T04:00Z'],
    ['America/New_York', '2024-11-03', '2024-11-03T04:00Z', 25, '2024-11-04T05:00Z'],
    ['Australia/Lord_Howe', '2024-10-06', '2024-10-05T13:30Z', 23.5, '2024-10-06T13:00Z'],
    ['Australia/Lord_Howe', '2024-04-07', '2024-04-06T13:00Z', 24.5, '2024-04-07T13:30Z'],
    // The clock went from midnight to a quarter past.
    ['Asia/Kathmandu', '1986-01-01', '1985-12-31T18:30Z', 23.75, '1986-01-01T18:15Z'],
    ['Asia/Kathmandu', '2024-06-01', '2024-05-31T18:15Z', 24, '2024-06-01T18:15Z'],
  ])('%s %s begins at %s and has %d hours', (zone, date, start, length, end) => {
    expect(hours('day', start, end, zone)).toEqual([[date, length]]);
    const inside = hours('hour', start, end, zone);
    expect(inside.map(([, part]) => part)).toEqual([
      ...Array.from({ length: Math.floor(length) }, () => 1),
      ...(length % 1 === 0 ? [] : [length % 1]),
    ]);
  });

  it('names an hour by the clock at its start, twice where it comes twice', () => {
    const berlin = hours('hour', '2024-10-26T23:00Z', '2024-10-27T03:00Z', 'Europe/Berlin');
    expect(berlin.map(([label]) => label)).toEqual([
      '2024-10-27T01:00',
      '2024-10-27T02:00',
      '2024-10-27T02:00',
      '2024-10-27T03:00',
    ]);
    const lordHowe = hours('hour', '2024-10-05T13:30Z', '2024-10-05T17:30Z', 'Australia/Lord_Howe');
    expect(lordHowe.map(([label]) => label)).toEqual([
      '2024-10-06T00:00',
      '2024-10-06T01:00',
      '2024-10-06T02:30',
      '2024-10-06T03:30',
    ]);
  });

  it('begin a day without midnight at its first instant, and leave out a day that there was not', () => {
    expect(hours('day', '2018-11-03T03:00Z', '2018-11-05T02:00Z', 'America/Sao_Paulo')).toEqual([
      ['2018-11-03', 24],
      ['2018-11-04', 23],
    ]);
    expect(hours('day', '2011-12-29T10:00Z', '2011-12-31T10:00Z', 'Pacific/Apia')).toEqual([
      ['2011-12-29', 24],
      ['2011-12-31', 24],
    ]);
  });

  it('keep an hour that comes again after midnight with the day that has begun', () => {
    // At a minute past midnight the clock went back to 23:01 of the 6th.
    const times = ['2010-11-07T02:31Z', '2010-11-07T03:00Z'] as const;
    expect(hours('day', ...times, 'America/St_Johns').map(([label]) => label)).toEqual(['2010-11-07']);
  });
});

describe('slices of a range', () => {
  it('are clipped to it and keep the name of their period', () => {
    expect(hours('month', '1997-01-31T12:00Z', '1997-03-01T06:00Z', 'UTC')).toEqual([
      ['1997-01', 12],
      ['1997-02', 28 * 24],
      ['1997-03', 6],
    ]);
    expect(hours('year', '1996-12-31T12:00Z', '1997-01-01T12:00Z', 'UTC')).toEqual([
      ['1996', 12],
      ['1997', 12],
    ]);
    expect(hours('hour', '1997-01-01T05:30Z', '1997-01-01T06:15Z', 'UTC')).toEqual([
      ['1997-01-01T05:00', 0.5],
      ['1997-01-01T06:00', 0.25],
    ]);
  });

  it('number weeks as ISO 8601 does where they begin on Monday, else name their first day', () => {
    const range = ['1996-12-29T00:00Z', '1997-01-07T00:00Z', 'UTC'] as const;
    expect(hours('week', ...range)).toEqual([
      ['1996-W52', 24],
      ['1997-W01', 7 * 24],
      ['1997-W02', 24],
    ]);
    expect(hours('week', ...range, 'sunday')).toEqual([
      ['1996-12-29', 7 * 24],
      ['1997-01-05', 2 * 24],
    ]);
    expect(hours('week', ...range, 'wednesday')[0]).toEqual(['1996-12-25', 3 * 24]);
  });

  it('of elapsed time count from its start, whatever clocks do', () => {
    expect(hours('P1DT1H', '2024-03-30T12:30Z', '2024-04-01T16:30Z', 'Europe/Berlin')).toEqual([
      ['2024-03-30T12:30:00.000Z', 25],
      ['2024-03-31T13:30:00.000Z', 25],
      ['2024-04-01T14:30:00.000Z', 2],
    ]);
  });

  it('begin exactly where it begins', () => {
    expect(hours('month', '1997-01-01T00:00Z', '1997-02-01T00:00Z', 'UTC')).toEqual([['1997-01', 31 * 24]]);
  });
});

describe('calendar ages', () => {
  const after = (base: string, timeZone: string, ...added: [number, string][]): string =>
    new Date(calendarAfter(Date.parse(base), timeZone, added)).toISOString();

  it('are added at once, so that a short month does not shorten those after it', () => {
    const base = '2023-01-31T00:00Z';
    expect(after(base, 'UTC', [1, 'P1M'])).toBe('2023-02-28T00:00:00.000Z');
    expect(after(base, 'UTC', [2, 'P1M'])).toBe('2023-03-31T00:00:00.000Z');
    expect(after(base, 'UTC', [1, 'P1M'], [3, 'P1M'])).toBe('2023-05-31T00:00:00.000Z');
    expect(after('2024-01-31T00:00Z', 'UTC', [1, 'P1M'])).toBe('2024-02-29T00:00:00.000Z');
  });

  it('keep to local midnights over changes of clocks', () => {
    expect(after('2024-02-29T23:00Z', 'Europe/Berlin', [1, 'P1M'])).toBe('2024-03-31T22:00:00.000Z');
    expect(after('2024-10-05T13:30Z', 'Australia/Lord_Howe', [1, 'P1D'])).toBe('2024-10-06T13:00:00.000Z');
    // The day begins at one o'clock, the next at midnight.
    expect(after('2018-11-04T03:00Z', 'America/Sao_Paulo', [1, 'P1D'])).toBe('2018-11-05T02:00:00.000Z');
  });
});
