import * as fc from 'fast-check';
import type { RawRequest } from '../../../../src/core/request/raw-request.js';
import { plan } from './planning.js';

const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 150);

/** What is asked, apart from how it is written: sets are sorted lists, times are milliseconds of whole minutes. */
interface Meaning {
  readonly users: readonly string[] | null;
  readonly metric: 'event_count' | 'threshold';
  readonly event: readonly string[] | null;
  readonly tests: readonly (readonly [string, string | number | boolean])[];
  readonly lengthMinutes: number;
  readonly offsetMinutes: number;
  readonly birthsFromMs: number | null;
  readonly firstEvent: string | null;
  readonly zone: string;
  readonly asOfMs: number | null;
}

/** Chooses among ways to write: numbers from 0 to 1. */
type Choices = () => number;

const set = <T>(...of: T[]): fc.Arbitrary<T[]> =>
  fc.subarray(of, { minLength: 1 }).map((items) => [...items].sort((a, b) => (String(a) < String(b) ? -1 : 1)));
const minutes = fc.integer({ min: 0, max: 20_000 * 1440 });
const instant = minutes.map((n) => n * 60_000);

const meaning: fc.Arbitrary<Meaning> = fc
  .record({
    users: fc.option(set('a', 'b', 'ä', '\u{1f600}')),
    metric: fc.constantFrom('event_count', 'threshold'),
    event: fc.option(set('view', 'buy', 'edit')),
    tests: fc.uniqueArray(
      fc.tuple(fc.constantFrom('x', 'y', 'z'), fc.oneof(fc.integer(), fc.boolean(), fc.constantFrom('1', 'true', 'b'))),
      { maxLength: 3, selector: ([name]) => name },
    ),
    lengthMinutes: fc.integer({ min: 1, max: 100 * 1440 }),
    offsetMinutes: fc.integer({ min: 0, max: 3000 }),
    birthsFromMs: fc.option(instant),
    firstEvent: fc.option(fc.constantFrom('view', 'join')),
    zone: fc.constantFrom('Europe/Berlin', 'Asia/Kolkata', 'UTC'),
    asOfMs: fc.option(instant),
  })
  .map((m) => ({ ...m, offsetMinutes: m.metric === 'threshold' ? 0 : m.offsetMinutes, tests: [...m.tests].sort() }));
const choices = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));

/** One of the many bodies with this meaning. */
function spelled(m: Meaning, next: Choices): RawRequest {
  const pick = <T>(...of: T[]): T => of[Math.floor(next() * of.length)] as T;
  const list = <T>(items: readonly T[]): T[] => {
    const shuffled = [...items].sort(() => next() - 0.5);
    return pick(shuffled, [...shuffled, ...items.slice(0, 1)]);
  };
  const time = (ms: number): string => {
    const hours = pick(0, -5, 9);
    const local = new Date(ms + hours * 3_600_000).toISOString().slice(0, pick(16, 19, 23));
    const full = local.length === 16 ? `${local}:00` : local;
    return full + (hours === 0 ? pick('Z', '+00:00') : hours < 0 ? '-05:00' : '+09:00');
  };
  const duration = (n: number): string =>
    pick(`PT${n}M`, `PT${n * 60}S`, `P${Math.floor(n / 1440)}DT${n % 1440}M`, `P0DT0H${n}M0.0S`);
  const nothing = (key: string): object => pick({}, { [key]: null });
  const where = m.tests.map(([property, value]) => ({ property, ...pick({ eq: value }, { in: [value] }) }));
  const body = {
    cohort: m.users === null ? { all: true } : { users: list(m.users) },
    metric: m.metric,
    params: {
      ...(m.event === null
        ? nothing('event')
        : { event: m.event.length === 1 ? pick<unknown>(m.event[0], m.event) : list(m.event) }),
      ...(where.length === 0 ? nothing('where') : { where: { and: list(where) } }),
      ...(m.metric === 'threshold' && pick({}, { n: 1 }, { t: duration(m.lengthMinutes) })),
    },
    window: {
      kind: 'since_birth',
      length: duration(m.lengthMinutes),
      ...(m.offsetMinutes === 0
        ? pick({}, { offset: 'P0D' }, { offset: null })
        : { offset: duration(m.offsetMinutes) }),
      ...(m.birthsFromMs === null
        ? pick({}, { births: {} }, { births: null })
        : { births: { from: time(m.birthsFromMs) } }),
    },
    ...(m.firstEvent === null
      ? pick({}, { birth: { kind: 'registration' } })
      : { birth: { kind: 'first_event', event: pick<unknown>(m.firstEvent, [m.firstEvent]) } }),
    ...nothing('aggregators'),
    ...(m.zone === 'UTC'
      ? pick({}, { time_zone: 'UTC' })
      : { time_zone: m.zone === 'Asia/Kolkata' ? pick(m.zone, 'Asia/Calcutta') : m.zone }),
    ...(m.asOfMs === null ? nothing('as_of') : { as_of: time(m.asOfMs) }),
    ...pick({}, { cache: 'prefer' }, { cache: 'refresh' }),
  };
  return Object.fromEntries(list(Object.entries(body))) as RawRequest;
}

const chooser =
  (stream: Iterator<number>): Choices =>
  () =>
    Number(stream.next().value);

describe('the hash of a request', () => {
  it('is one for all spellings of a meaning', () => {
    fc.assert(
      fc.property(meaning, choices, choices, (m, one, other) => {
        const [first, second] = [plan(spelled(m, chooser(one))), plan(spelled(m, chooser(other)))];
        expect(second.canonical).toEqual(first.canonical);
        expect(second.hash).toBe(first.hash);
      }),
      { numRuns: NUM_RUNS },
    );
  });

  it('is another for another meaning, also where one thing alone is changed', () => {
    const changed = fc.tuple(meaning, meaning, fc.constantFrom(...KEYS)).map(([m, other, key]) => {
      const change = { ...m, [key]: other[key] };
      return [m, { ...change, offsetMinutes: change.metric === 'threshold' ? 0 : change.offsetMinutes }] as const;
    });
    fc.assert(
      fc.property(changed, choices, ([m, other], stream) => {
        const same = JSON.stringify(m) === JSON.stringify(other);
        const next = chooser(stream);
        expect(plan(spelled(m, next)).hash === plan(spelled(other, next)).hash).toBe(same);
      }),
      { numRuns: NUM_RUNS },
    );
  });
});

const KEYS = [
  'users',
  'metric',
  'event',
  'tests',
  'lengthMinutes',
  'offsetMinutes',
  'birthsFromMs',
  'firstEvent',
  'zone',
  'asOfMs',
] as const satisfies readonly (keyof Meaning)[];
