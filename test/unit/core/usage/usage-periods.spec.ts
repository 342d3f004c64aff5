import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { DEFAULT_COUNTER_SETTINGS } from '../../../../src/core/usage/counters/counter-settings.js';
import { placeBatch } from '../../../../src/core/usage/counters/place-batch.js';
import { planRollUp, rollUpMs } from '../../../../src/core/usage/counters/roll-up-plan.js';
import { parseUsageBatch } from '../../../../src/core/usage/counters/usage-batch.js';
import { periodDays, shapePeriod, type UsageInterval } from '../../../../src/core/usage/counters/usage-periods.js';

// Bounds, periods and means against Temporal.

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
] as const;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const EVERYTHING = { minimum: 0, category: null };
const RUNS = { numRuns: 300 };

const zone = fc.constantFrom(...ZONES);
/** Often beside the end of a month. */
const date = fc.oneof(
  fc.integer({ min: 0, max: 3_650 }).map((days) => Temporal.PlainDate.from('2016-01-01').add({ days })),
  fc
    .tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: -3, max: 2 }))
    .map(([months, days]) => Temporal.PlainDate.from('2016-01-01').add({ months }).add({ days })),
);
/** Of 23 and 25 hours, of 23.5 and 24.5; with a midnight that is skipped, and one that comes twice. */
const CHANGES: readonly [Temporal.PlainDate, (typeof ZONES)[number]][] = [
  [Temporal.PlainDate.from('2024-03-31'), 'Europe/Berlin'],
  [Temporal.PlainDate.from('2024-10-27'), 'Europe/Berlin'],
  [Temporal.PlainDate.from('2024-11-03'), 'America/New_York'],
  [Temporal.PlainDate.from('2024-10-06'), 'Australia/Lord_Howe'],
  [Temporal.PlainDate.from('2024-04-07'), 'Australia/Lord_Howe'],
  [Temporal.PlainDate.from('2018-11-04'), 'America/Sao_Paulo'],
  [Temporal.PlainDate.from('2018-02-17'), 'America/Sao_Paulo'],
];
const localDate = fc.oneof(fc.tuple(date, zone), fc.constantFrom(...CHANGES));
const baseMinutes = fc.oneof(fc.constantFrom(60, 90, 720, 1380, 1439, 1440), fc.integer({ min: 60, max: 1440 }));

const dayOf = (one: Temporal.PlainDate): number => Date.parse(`${one.toString()}T00:00:00Z`) / DAY_MS;
const startOf = (one: Temporal.PlainDate, timeZone: string): number => one.toZonedDateTime(timeZone).epochMilliseconds;
const monthOf = (one: Temporal.PlainDate): Temporal.PlainDate => one.with({ day: 1 });

describe('the bounds of a roll-up', () => {
  const settings = fc.record({
    baseDays: fc.integer({ min: 1, max: 40 }),
    days: fc.integer({ min: 1, max: 60 }),
    eventMonths: fc.integer({ min: 1, max: 30 }),
    months: fc.integer({ min: 1, max: 30 }),
  });

  it('are strict, of days and of months that begin before them', () => {
    const property = fc.property(date, settings, (closed, given) => {
      const plan = planRollUp(dayOf(closed), { ...DEFAULT_COUNTER_SETTINGS, ...given });
      const end = closed.add({ days: 1 });
      expect(plan.endDay).toBe(dayOf(end));
      expect(plan.baseBefore).toBe(dayOf(end.subtract({ days: given.baseDays })));
      expect(plan.daysBefore).toBe(dayOf(end.subtract({ days: given.days })));
      expect(plan.eventsBefore).toBe(dayOf(end.subtract({ months: given.eventMonths })));
      expect(plan.monthsBefore).toBe(dayOf(end.subtract({ months: given.months })));
    });
    fc.assert(property, RUNS);
  });

  it('keep each month that does not begin before them', () => {
    const property = fc.property(date, settings, (closed, given) => {
      const { monthsFrom } = planRollUp(dayOf(closed), { ...DEFAULT_COUNTER_SETTINGS, ...given });
      const end = closed.add({ days: 1 });
      const deletedBefore = dayOf(end.subtract({ months: given.months }));
      let month = monthOf(end);
      while (dayOf(month.subtract({ months: 1 })) >= deletedBefore) month = month.subtract({ months: 1 });
      expect(monthsFrom).toBe(dayOf(month));
    });
    fc.assert(property, RUNS);
  });

  it('are of a day that has been over for an hour', () => {
    const property = fc.property(localDate, ([closed, timeZone]) => {
      expect(rollUpMs(dayOf(closed), timeZone)).toBe(startOf(closed.add({ days: 1 }), timeZone) + HOUR_MS);
    });
    fc.assert(property, RUNS);
  });
});

describe('a base period', () => {
  it('holds what is counted: elapsed time from the start of its day, to its end at the latest', () => {
    const property = fc.property(
      localDate,
      baseMinutes,
      fc.nat(),
      fc.boolean(),
      ([one, timeZone], minutes, at, late) => {
        const [startMs, endMs] = [startOf(one, timeZone), startOf(one.add({ days: 1 }), timeZone)];
        // Often within the last hours.
        const sinceMs = late ? endMs - startMs - 1 - (at % (3 * HOUR_MS)) : at % (endMs - startMs);
        const baseMs = minutes * 60_000;
        const nowMs = endMs + HOUR_MS;
        const batch = parseUsageBatch(
          {
            batch: 'b',
            counts: [{ event: '/', category: 'page', count: 1, at: new Date(startMs + sinceMs).toISOString() }],
          },
          timeZone,
        );
        const open = { openDay: dayOf(one), baseFrom: dayOf(one) };
        const [placed] = placeBatch(batch, { ...open, settings: { baseMs }, timeZone, nowMs }).counts;
        const bounds = minutes === 1440 ? [0] : [];
        if (minutes < 1440) for (let ms = 0; ms < endMs - startMs; ms += baseMs) bounds.push(ms);
        const offsetMs = bounds.findLast((ms) => ms <= sinceMs) ?? -1;
        expect(placed).toMatchObject({ day: dayOf(one), offsetMs });
        const found = shapePeriod([{ day: dayOf(one), offsetMs, category: 'page', event: '/', count: 1 }], {
          ...EVERYTHING,
          interval: 'base',
          timeZone,
          baseMs,
          nowMs,
          liveDay: null,
          keptFrom: 0,
        });
        const nextMs = bounds.find((ms) => ms > offsetMs);
        expect([found?.from, found?.to].map((text) => Date.parse(text ?? ''))).toEqual([
          startMs + offsetMs,
          nextMs === undefined ? endMs : startMs + nextMs,
        ]);
      },
    );
    fc.assert(property, RUNS);
  });
});

describe('days, months and years', () => {
  const STEP = { day: { days: 1 }, month: { months: 1 }, year: { years: 1 } } as const;
  const interval = fc.constantFrom('day' as const, 'month' as const, 'year' as const);
  const firstOf = (one: Temporal.PlainDate, of: UsageInterval): Temporal.PlainDate =>
    of === 'day' ? one : of === 'month' ? monthOf(one) : one.with({ month: 1, day: 1 });

  it('are those of the local calendar', () => {
    const property = fc.property(date, zone, interval, (one, timeZone, of) => {
      const first = firstOf(one, of);
      expect(periodDays(dayOf(one), of, timeZone)).toEqual([dayOf(first), dayOf(first.add(STEP[of]))]);
    });
    fc.assert(property, RUNS);
  });

  it('have means over each day from the first that was counted and is kept, up to today', () => {
    const days = fc.integer({ min: -500, max: 500 });
    const property = fc.property(date, zone, interval, days, days, fc.nat(400), fc.nat(10_000), (...given) => {
      const [one, timeZone, of, live, kept, now, count] = given;
      const first = firstOf(one, of);
      const today = one.add({ days: now });
      const [liveDay, keptFrom] = [dayOf(one) + live, dayOf(one) + kept];
      let held = 0;
      for (let each = first; dayOf(each) < dayOf(first.add(STEP[of])); each = each.add({ days: 1 }))
        if (dayOf(each) >= Math.max(liveDay, keptFrom) && dayOf(each) <= dayOf(today)) held += 1;
      const nowMs = startOf(today.add({ days: 1 }), timeZone) - 1;
      const found = shapePeriod([{ day: dayOf(first), offsetMs: 0, category: 'seen', event: 'user', count }], {
        ...EVERYTHING,
        interval: of,
        timeZone,
        baseMs: DAY_MS,
        nowMs,
        liveDay,
        keptFrom,
      });
      const [mean] = found?.counts ?? [];
      if (of === 'day') expect(mean).toEqual({ category: 'seen', event: 'user', count });
      else {
        expect(mean).toMatchObject({ category: 'daily', days: Math.max(1, held) });
        // Within half a tenth, and up where it is half.
        const tenths = Math.round((mean?.count ?? NaN) * 10);
        const twice = 2 * tenths * Math.max(1, held) - 20 * count;
        expect(twice > -Math.max(1, held) && twice <= Math.max(1, held)).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 100 });
  });
});
