import * as fc from 'fast-check';
import { cutUp, sliceLabel } from '../../../../src/core/series/series-slices.js';
import { addCalendar, periodAt, type Calendar, type CalendarInterval } from '../../../../src/core/time/calendar.js';
import { WEEK_DAYS } from '../../../../src/core/time/week-day.js';
import { temporalAdd, temporalLabel, temporalPeriod } from '../../../support/oracle/temporal-calendar.js';
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
    ['America/New_York', '2024-11-03T05:30:59Z', 'minute', '2024-11-03T05:30:00.000Z', '2024-11-03T05:31:00.000Z'],
    // 44 min 30 s behind, up to 1972: the minutes begin at second 30.
    ['Africa/Monrovia', '1970-06-01T12:00Z', 'minute', '1970-06-01T11:59:30.000Z', '1970-06-01T12:00:30.000Z'],
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

  it('cuts days into minutes, also the one in which clocks change', () => {
    const range = { fromMs: Date.parse('2024-10-26T22:00Z'), toMs: Date.parse('2024-10-27T23:00Z') };
    const slices = cutUp(range, 'minute', calendar('Europe/Berlin'));
    expect(slices).toHaveLength(25 * 60);
    expect(slices.every(({ fromMs, toMs }) => toMs - fromMs === 60_000)).toBe(true);
    expect([slices[0], slices[1], slices.at(-1)].map((slice) => slice?.label)).toEqual([
      '2024-10-27T00:00',
      '2024-10-27T00:01',
      '2024-10-27T23:59',
    ]);
  });

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

/**
 * Where clocks have done odd things: half hours, Ramadan, midnights that are skipped or come twice, days that never
 * were, seconds.
 */
const ODD_ZONES = [
  'Africa/Casablanca',
  'Africa/Monrovia',
  'America/Boa_Vista',
  'America/New_York',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Antarctica/Troll',
  'Asia/Gaza',
  'Asia/Kathmandu',
  'Asia/Pyongyang',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kwajalein',
];
const ZONES = [...ODD_ZONES, ...Intl.supportedValuesOf('timeZone')];
const LAST_MS = Date.parse('2262-01-02T00:00Z');

describe('the calendar', () => {
  /** Any instant, most of them within two days of one at which clocks change. */
  const instant = (zone: string, change: number, awayMs: number): number => {
    const changes = changesOf(zone);
    const near = changes[change % Math.max(1, changes.length)];
    return near === undefined ? change * 600_000 : near + awayMs;
  };

  it('is that of Temporal', () => {
    const property = fc.property(
      fc.nat(10 * ZONES.length).map((i) => ZONES[i % 8 === 0 ? i % ZONES.length : i % ODD_ZONES.length] ?? 'UTC'),
      fc.nat(1_000_000),
      fc.integer({ min: -2 * 86_400_000, max: 2 * 86_400_000 }),
      fc.constantFrom(...WEEK_DAYS),
      fc.nat(400),
      fc.nat(400),
      (timeZone, change, awayMs, weekStart, months, days) => {
        const ms = instant(timeZone, change, awayMs);
        const of = { timeZone, weekStart };
        for (const interval of ['day', 'week', 'month', 'year'] as const) {
          const found = periodAt(ms, interval, of);
          expect(found).toEqual(temporalPeriod(ms, interval, of));
          expect(sliceLabel(found.fromMs, interval, of)).toBe(temporalLabel(found.fromMs, interval, of));
          // From the first instant of a day, too.
          for (const fromMs of [ms, found.fromMs])
            expect(addCalendar(fromMs, { months, days }, timeZone)).toBe(
              temporalAdd(fromMs, { months, days }, timeZone),
            );
        }
        expect(sliceLabel(ms, 'hour', of)).toBe(temporalLabel(ms, 'hour', of));
        expect(sliceLabel(ms, 'minute', of)).toBe(temporalLabel(ms, 'minute', of));
      },
    );
    fc.assert(property, { numRuns: Number(process.env['NUM_RUNS'] ?? 60) });
  });

  it('has no day that two changes of the clocks fall on together with the next ones', () => {
    for (const zone of ['America/Boa_Vista', 'Asia/Gaza', 'America/Argentina/Tucuman']) {
      const gaps = changesOf(zone).map((ms, i, all) => ms - (all[i - 1] ?? -Infinity));
      expect(Math.min(...gaps)).toBeGreaterThan(6 * 86_400_000);
    }
  });

  it('asks the platform for the clocks of 27 years once in three days, and never again', () => {
    const range = { fromMs: Date.parse('1997-01-01T05:00Z'), toMs: Date.parse('2024-01-01T05:00Z') };
    const asks = countAsks(() => cutUp(range, 'day', calendar('America/Toronto')));
    expect(asks).toBeLessThan(5_000);
    expect(countAsks(() => cutUp(range, 'day', calendar('America/Toronto')))).toBe(0);
    expect(cutUp(range, 'day', calendar('America/Toronto'))).toHaveLength(9861);
  });
});

/** How often the local time of an instant is asked for. */
function countAsks(work: () => unknown): number {
  const own = Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, 'format') as PropertyDescriptor;
  let asks = 0;
  Object.defineProperty(Intl.DateTimeFormat.prototype, 'format', {
    configurable: true,
    get(this: Intl.DateTimeFormat) {
      asks += 1;
      return own.get?.call(this) as Intl.DateTimeFormat['format'];
    },
  });
  try {
    work();
  } finally {
    Object.defineProperty(Intl.DateTimeFormat.prototype, 'format', own);
  }
  return asks;
}

const changes = new Map<string, readonly number[]>();

/** Asked of the platform day by day. */
function changesOf(zone: string): readonly number[] {
  const known = changes.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const found: number[] = [];
  let shown = format.format(0);
  for (let ms = 86_400_000; ms < LAST_MS; ms += 86_400_000) {
    const now = format.format(ms);
    if (now !== shown) found.push(ms);
    shown = now;
  }
  changes.set(zone, found);
  return found;
}
