import * as fc from 'fast-check';
import { instantOf, type Scale, type Season } from './arbitrary-season.js';

/** The fields of a body that say when: valid together. */
export interface AskedTimes {
  readonly window?: Readonly<Record<string, unknown>>;
  readonly series?: Readonly<Record<string, unknown>>;
}

/** What the metric's window may be. */
export interface WindowRules {
  /** It begins at birth. */
  readonly noOffset: boolean;
  /** It may have no length, where there are no ages. */
  readonly mayBeNothing: boolean;
  readonly onlyFixed: boolean;
  /** There is none, but for a series. */
  readonly looksBack: boolean;
}

interface Choices {
  readonly intervals: readonly string[];
  /** Fitting the shorter intervals; the last is longer than the data. */
  readonly ages: readonly string[];
  readonly calendarAges: readonly string[];
  readonly offsets: readonly string[];
}

const CHOICES: Readonly<Record<Scale, Choices>> = {
  hours: {
    intervals: ['hour', 'hour', 'minute', 'day', 'PT1H', 'PT1H30M', 'month'],
    ages: ['PT30M', 'PT1H', 'PT1H', 'PT1H45M', 'PT3H', 'P2D'],
    calendarAges: ['P1D', 'P1M'],
    offsets: ['PT0S', 'PT30M', 'PT1H'],
  },
  days: {
    intervals: ['day', 'day', 'week', 'month', 'P2D', 'PT36H'],
    ages: ['P1D', 'P1D', 'PT36H', 'P2D', 'P3D', 'P400D'],
    calendarAges: ['P1D', 'P2D', 'P1W', 'P2W', 'P1M'],
    offsets: ['PT0S', 'P1D', 'PT12H'],
  },
  months: {
    intervals: ['month', 'month', 'month', 'week', 'year', 'P20D'],
    ages: ['P7D', 'P10D', 'P30D', 'P30D', 'P45D', 'P1000D'],
    calendarAges: ['P1M', 'P1M', 'P2M', 'P1Y', 'P1M10D', 'P40D', 'P3W'],
    offsets: ['PT0S', 'P1D', 'P31D'],
  },
};
const CALENDAR_OFFSETS = ['PT0S', 'PT0S', 'P1D', 'P1W', 'P1M', 'P1M1D'];
/** In units of their own, longer and shorter than the ages. */
const CALENDAR_LENGTHS = ['P3D', 'P2W', 'P1M', 'P1M1W'];
/** So many ages make the whole, the last cut short or not. */
const AGES_IN_WHOLE = { min: 1, max: 4 };

export function timesIn(season: Season, rules: WindowRules): fc.Arbitrary<AskedTimes> {
  if (rules.looksBack) return lookingBack(season);
  const since = fc.oneof(
    elapsed(season, rules),
    calendar(season, rules),
    ...(rules.mayBeNothing ? [nothing(season)] : []),
  );
  const fixed = fixedWindow(season);
  return rules.onlyFixed ? fixed : fc.oneof({ weight: 3, arbitrary: since }, { weight: 2, arbitrary: fixed });
}

function elapsed(season: Season, { noOffset }: WindowRules): fc.Arbitrary<AskedTimes> {
  const { ages, offsets } = CHOICES[season.scale];
  return fc
    .record({
      age: fc.constantFrom(...ages),
      times: fc.integer(AGES_IN_WHOLE),
      rest: fc.constantFrom(0, 0, 0.5, -0.25),
      offset: fc.constantFrom(...(noOffset ? ['PT0S'] : offsets)),
    })
    .chain(({ age, times, rest, offset }) => {
      const length = seconds(secondsOf(age) * (times + rest));
      return sinceBirth(season, { kind: 'since_birth', length, offset }, age);
    });
}

function nothing(season: Season): fc.Arbitrary<AskedTimes> {
  const window = { kind: 'since_birth', length: 'PT0S' };
  return fc
    .tuple(fc.constantFrom('elapsed', 'calendar'), openEnds(season))
    .map(([age, births]) => ({ window: { ...window, age, ...births } }));
}

function calendar(season: Season, { noOffset }: WindowRules): fc.Arbitrary<AskedTimes> {
  return fc
    .record({
      age: fc.constantFrom(...CHOICES[season.scale].calendarAges),
      times: fc.integer(AGES_IN_WHOLE),
      offset: fc.constantFrom(...(noOffset ? ['PT0S'] : CALENDAR_OFFSETS)),
      other: fc.option(fc.constantFrom(...CALENDAR_LENGTHS), { freq: 2 }),
    })
    .chain(({ age, times, offset, other }) => {
      const length = other ?? age.replaceAll(/\d+/g, (digits) => String(Number(digits) * times));
      // Two of them are more than the whole: the last is cut short.
      const cut = /^P\dM$/.test(age) && times === 3 ? 'P2M' : age;
      return sinceBirth(season, { kind: 'since_birth', age: 'calendar', length, offset }, cut);
    });
}

function sinceBirth(season: Season, window: object, age: string): fc.Arbitrary<AskedTimes> {
  const by = { by: 'birth' } as const;
  const withAge = intervalOf(season).chain((interval) =>
    fc.constantFrom<NonNullable<AskedTimes['series']>>(
      { interval, ...by, age },
      { interval, ...by, age },
      { interval, ...by },
    ),
  );
  return fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .tuple(bothEnds(season), withAge)
        .map(([births, series]) => ({ window: { ...window, births }, series })),
    },
    { weight: 1, arbitrary: openEnds(season).map((births) => ({ window: { ...window, ...births } })) },
  );
}

function fixedWindow(season: Season): fc.Arbitrary<AskedTimes> {
  const window = bothEnds(season).map((ends) => ({ kind: 'fixed', ...ends }));
  const byTime = intervalOf(season).map((interval) => ({ interval, by: 'event_time' }));
  const byBirth = intervalOf(season).map((interval) => ({ interval, by: 'birth' }));
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ window, series: byTime }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(window, openEnds(season), byTime)
        .map(([w, births, series]) => ({ window: { ...w, ...births }, series })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(window, bothEnds(season), byBirth)
        .map(([w, births, series]) => ({ window: { ...w, births }, series })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(window, openEnds(season)).map(([w, births]) => ({ window: { ...w, ...births } })),
    },
  );
}

function lookingBack(season: Season): fc.Arbitrary<AskedTimes> {
  const series = fc
    .tuple(bothEnds(season), intervalOf(season))
    .map(([ends, interval]) => ({ window: { kind: 'fixed', ...ends }, series: { interval, by: 'event_time' } }));
  return fc.oneof({ weight: 2, arbitrary: series }, fc.constant({}));
}

function intervalOf({ scale }: Season): fc.Arbitrary<string> {
  return fc.constantFrom(...CHOICES[scale].intervals);
}

/** Any two instants, or such as lie around most of the others. */
function bothEnds(season: Season): fc.Arbitrary<{ readonly from: string; readonly to: string }> {
  const { instants } = season;
  const few = Math.ceil(instants.length / 4);
  const wide = fc.tuple(fc.constantFrom(...instants.slice(0, few)), fc.constantFrom(...instants.slice(-few)));
  return fc
    .oneof(fc.tuple(instantOf(season), instantOf(season)), { weight: 2, arbitrary: wide })
    .filter(([a, b]) => a !== b)
    .map(([a, b]) => ({ from: text(Math.min(a, b)), to: text(Math.max(a, b)) }));
}

/** `births` with any of its ends, or none of it. */
function openEnds(
  season: Season,
): fc.Arbitrary<{ readonly births?: { readonly from?: string; readonly to?: string } }> {
  return bothEnds(season).chain(({ from, to }) =>
    fc.constantFrom({}, {}, { births: { from, to } }, { births: { from } }, { births: { to } }),
  );
}

export function text(ms: number): string {
  return new Date(ms).toISOString();
}

/** Of a written duration of days, hours and minutes. */
function secondsOf(duration: string): number {
  const [, days = 0, hours = 0, minutes = 0] = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(duration) ?? [];
  return Number(days) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60;
}

function seconds(amount: number): string {
  return `PT${amount}S`;
}
