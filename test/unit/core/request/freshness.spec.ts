import * as fc from 'fast-check';
import type { RawRequest } from '../../../../src/core/request/raw-request.js';
import { readsOf, type Reads, type ReadsFacts } from '../../../../src/core/request/freshness.js';
import { utcDay } from '../../../../src/core/time/utc-day.js';
import { canonicalOf } from './planning.js';

const reads = (changes: RawRequest, facts: ReadsFacts = {}): Reads => readsOf(canonicalOf(changes), facts);
const day = (n: number): string => new Date(n * 86_400_000).toISOString();
const range = (fromDay: number | null, toDay: number | null): object => ({ fromDay, toDay });
/** Of a static cohort whose members are all known and born: the narrowest reading. */
const SETTLED: ReadsFacts = { unknownUsers: false, usersWithoutBirth: false };
const births = { from: day(100), to: day(110) };
const firstEvent = { kind: 'first_event', event: 'x' };

describe('event days', () => {
  it.each<[string, RawRequest, object | null]>([
    ['a fixed window', { window: { kind: 'fixed', from: day(10), to: day(12) } }, range(10, 11)],
    [
      'a fixed window that ends within a day',
      { window: { kind: 'fixed', from: day(10), to: '1970-01-13T00:00:00.001Z' } },
      range(10, 12),
    ],
    [
      'births widened by offset and length',
      { window: { kind: 'since_birth', length: 'P5D', offset: 'P2D', births } },
      range(102, 116),
    ],
    ['no births: any day', {}, range(null, null)],
    [
      'births open to the past',
      { window: { kind: 'since_birth', length: 'P5D', births: { to: day(110) } } },
      range(null, 114),
    ],
    [
      'births open to the future',
      { window: { kind: 'since_birth', length: 'P5D', births: { from: day(100) } } },
      range(100, null),
    ],
    [
      'birth by first event: every day before births.to',
      { window: { kind: 'since_birth', length: 'P5D', births }, birth: firstEvent },
      range(null, 114),
    ],
    [
      'survival with a sunset',
      { metric: 'survival', params: { sunset: 'P9D' }, window: { kind: 'since_birth', length: 'P5D', births } },
      range(105, 123),
    ],
    [
      'survival without',
      { metric: 'survival', window: { kind: 'since_birth', length: 'P5D', births } },
      range(105, null),
    ],
    [
      'survival in a fixed window',
      { metric: 'survival', params: { sunset: 'P1D' }, window: { kind: 'fixed', from: day(10), to: day(12) } },
      range(12, 12),
    ],
    [
      'nothing at or after as_of',
      { window: { kind: 'fixed', from: day(10), to: day(20) }, as_of: day(12) },
      range(10, 11),
    ],
    [
      'survival up to as_of',
      { metric: 'survival', window: { kind: 'since_birth', length: 'P5D', births }, as_of: day(200) },
      range(105, 199),
    ],
    ['a window that has not begun', { window: { kind: 'fixed', from: day(10), to: day(20) }, as_of: day(10) }, null],
  ])('%s', (_, requested, expected) => {
    expect(reads(requested, SETTLED).eventDays).toEqual(expected);
  });

  it('are all days for someone without birth, who would be born on any', () => {
    const requested = { window: { kind: 'since_birth', length: 'P5D', births }, birth: firstEvent };
    expect(reads(requested).eventDays).toEqual(range(null, null));
    expect(reads({ ...requested, as_of: day(300) }).eventDays).toEqual(range(null, 299));
  });

  it('are all days before as_of for someone not known, whom any event makes known', () => {
    const requested = { window: { kind: 'fixed', from: day(10), to: day(12) }, as_of: day(300) };
    expect(reads(requested, { ...SETTLED, unknownUsers: true }).eventDays).toEqual(range(null, 299));
    expect(reads({ ...requested, cohort: { all: true } }, SETTLED).eventDays).toEqual(range(null, 299));
    expect(reads({ ...requested, as_of: null }, {}).eventDays).toEqual(range(10, 11));
  });

  it('hold every event that falls into some window', () => {
    const ms = fc.integer({ min: 0, max: 300 * 86_400_000 });
    const days = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(
        ms,
        days,
        days,
        fc.nat(40),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (fromMs, span, length, offset, birthAt, eventAt) => {
          const window = {
            kind: 'since_birth',
            length: `P${length}D`,
            offset: `P${offset}D`,
            births: { from: new Date(fromMs).toISOString(), to: new Date(fromMs + span * 86_400_000).toISOString() },
          };
          const bornMs = fromMs + Math.floor(birthAt * span * 86_400_000);
          const eventDay = utcDay(bornMs + offset * 86_400_000 + Math.floor(eventAt * length * 86_400_000));
          const { eventDays } = reads({ window }, SETTLED);
          expect(eventDays?.fromDay).toBeLessThanOrEqual(eventDay);
          expect(eventDays?.toDay).toBeGreaterThanOrEqual(eventDay);
        },
      ),
    );
  });
});

describe('registrations', () => {
  const fixed = { kind: 'fixed', from: day(10), to: day(12) };

  it.each<[string, RawRequest, object | null]>([
    ['birth by registration, no births', {}, range(null, null)],
    ['within births', { window: { kind: 'since_birth', length: 'P5D', births } }, range(100, 109)],
    ['a fixed window with births', { window: { ...fixed, births: { from: day(100) } } }, range(100, null)],
    ['a fixed window without', { window: fixed }, null],
    ['birth by first event', { birth: firstEvent }, null],
    [
      'all: who registers at or after as_of is left out',
      { cohort: { all: true }, window: fixed, as_of: day(30) },
      range(30, null),
    ],
    ['all without as_of: any, while the run is not known', { cohort: { all: true }, window: fixed }, range(null, null)],
    [
      'all, and births before',
      { cohort: { all: true }, window: { kind: 'since_birth', length: 'P5D', births }, as_of: day(300) },
      range(100, null),
    ],
  ])('%s', (_, requested, expected) => {
    expect(reads(requested, SETTLED).registrationDays).toEqual(expected);
  });

  it('of all start with the run', () => {
    expect(reads({ cohort: { all: true }, window: fixed }, { asOfMs: 5 * 86_400_000 }).registrationDays).toEqual(
      range(5, null),
    );
  });
});

describe('new users', () => {
  it('matter to all, and to lists with members that are not known', () => {
    expect(reads({ cohort: { all: true } }, SETTLED).newUsers).toBe(true);
    expect(reads({}).newUsers).toBe(true);
    expect(reads({}, { unknownUsers: true }).newUsers).toBe(true);
    expect(reads({}, SETTLED).newUsers).toBe(false);
  });
});
