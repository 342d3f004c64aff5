import fc from 'fast-check';
import { startTestDatabase, type TestDatabase } from '../../support/embedded-postgres.js';
import { CounterOracle, shift } from '../../support/usage/counter-oracle.js';
import { CounterPair } from '../../support/usage/counter-pair.js';
import { openCounters, type CounterWorld } from '../../support/usage/counter-world.js';

// Worlds of counts, ids, days on and off, settings and clocks that jump, against plain arrays.

/** Worlds of each kind; more by `NUM_RUNS`. A failure prints its seed: given as `SEED`, it is made smaller. */
const NUM_RUNS = process.env['NUM_RUNS'] === undefined ? null : Number(process.env['NUM_RUNS']);
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
/** Ten times what it takes on two free cores. */
const MS_PER_WORLD = 8_000;

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const INTERVALS = ['base', 'day', 'month', 'year'] as const;
const CATEGORIES = ['page', 'user', 'threats'] as const;
const EVENTS = ['/', '/about', 'page', ''] as const;
/**
 * Some days before days of 23, 25, 23.5 and 24.5 hours, a midnight that is skipped, one that comes twice, a leap day; and
 * before the ends of months and of a year.
 */
const STARTS: readonly (readonly [zone: string, date: string])[] = [
  ['Europe/Berlin', '2024-03-29'],
  ['Europe/Berlin', '2024-10-25'],
  ['America/New_York', '2024-10-31'],
  ['Australia/Lord_Howe', '2024-09-30'],
  ['Australia/Lord_Howe', '2024-04-01'],
  ['America/Sao_Paulo', '2018-10-31'],
  ['America/Sao_Paulo', '2018-02-16'],
  ['UTC', '2024-02-27'],
  ['Asia/Kathmandu', '2023-12-30'],
];
const BASES = fc.constantFrom(60, 90, 240, 420, 720, 1380, 1440);

describe('counters of random worlds', () => {
  let database: TestDatabase;
  let world: CounterWorld;

  beforeAll(async () => {
    database = await startTestDatabase();
    world = await openCounters(database.url);
  });

  afterAll(async () => {
    await world?.close();
    await database?.stop();
  });

  /** `live` lives in as many worlds, each a property of its own; it begins at the start of a local day. */
  function worlds<T>(title: string, byDefault: number, life: fc.Arbitrary<T>, live: Live<T>): void {
    const numRuns = NUM_RUNS ?? byDefault;
    const property = fc.asyncProperty(fc.constantFrom(...STARTS), life, async ([timeZone, date], one) => {
      const startMs = new CounterOracle(timeZone, 0).startOf(date);
      const oracle = new CounterOracle(timeZone, startMs);
      const pair = new CounterPair(world, await world.property(timeZone), oracle, startMs);
      await live(pair, one).finally(() => pair.end());
    });
    const endOnFailure = process.env['SEED'] === undefined;
    it(title, () => fc.assert(property, { numRuns, seed: SEED, endOnFailure }), numRuns * MS_PER_WORLD);
  }

  worlds('are those of plain arrays, whatever comes in whatever order', 12, commands(), async (pair, steps) => {
    // The state is of the first call.
    await pair.send([], []);
    for (const step of steps) {
      await run(pair, step);
      await pair.compare();
    }
  });

  worlds('are those of plain arrays day by day', 16, days(), async (pair, { past, settings, steps }) => {
    await pair.set({ ...settings, baseDays: past.days });
    await pair.send(past.items.map(placedIn(pair, pair.oracle.baseFrom)), []);
    await pair.set(settings);
    for (const step of steps) await liveDay(pair, step);
  });
});

type Live<T> = (pair: CounterPair, life: T) => Promise<void>;

type Command = ReturnType<typeof commands> extends fc.Arbitrary<(infer T)[]> ? T : never;

function commands() {
  const item = fc.record({
    agoHours: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 30 }) }, fc.integer({ min: 0, max: 24 * 8 })),
    category: fc.constantFrom(...CATEGORIES),
    event: fc.constantFrom(...EVENTS),
    count: fc.integer({ min: 0, max: 50 }),
  });
  const items = fc.array(item, { maxLength: 4 });
  const settings = fc.record({
    baseMinutes: BASES,
    baseDays: fc.integer({ min: 1, max: 4 }),
    days: fc.integer({ min: 1, max: 40 }),
    eventMonths: fc.integer({ min: 1, max: 3 }),
    months: fc.integer({ min: 1, max: 14 }),
  });
  const hours = (min: number, max: number) => fc.integer({ min, max });
  const kinds = [
    [6, fc.record({ kind: fc.constant('send' as const), counts: items, seen: items })],
    [3, fc.record({ kind: fc.constant('wait' as const), hours: hours(1, 40) })],
    [1, fc.record({ kind: fc.constant('wait' as const), hours: hours(24 * 3, 24 * 70) })],
    [1, fc.record({ kind: fc.constant('back' as const), hours: hours(1, 50) })],
    [3, fc.record({ kind: fc.constant('roll' as const) })],
    [2, fc.record({ kind: fc.constant('again' as const) })],
    [1, fc.record({ kind: fc.constant('settings' as const), settings })],
  ] as const;
  const command = fc.oneof(...kinds.map(([weight, arbitrary]) => ({ weight, arbitrary })));
  return fc.array(command, { minLength: 5, maxLength: 30 });
}

async function run(pair: CounterPair, step: Command): Promise<void> {
  if (step.kind === 'wait') pair.nowMs += step.hours * HOUR_MS;
  if (step.kind === 'back') pair.nowMs -= step.hours * HOUR_MS;
  if (step.kind === 'roll') await pair.rollUp();
  if (step.kind === 'settings') await pair.set(step.settings);
  if (step.kind === 'again') await pair.sendAgain();
  if (step.kind !== 'send') return;
  const at = ({ agoHours }: { agoHours: number }): number => pair.nowMs - agoHours * HOUR_MS;
  await pair.send(
    step.counts.map(({ category, event, count, ...one }) => ({ category, event, count, atMs: at(one) })),
    step.seen.map(({ category, event, ...one }) => ({ category, id: `id-${event}`, atMs: at(one) })),
  );
}

type Day = ReturnType<typeof days> extends fc.Arbitrary<{ steps: (infer T)[] }> ? T : never;

/** A place near the start or the end of a day that is open: `back` chooses the day. */
interface Place {
  readonly back: number;
  readonly edge: 'start' | 'end';
  readonly minutes: number;
}

/** A past that is sent at once, and days that follow each other, most of them rolled up one by one. */
function days() {
  const edge = fc.constantFrom('start' as const, 'end' as const);
  const bound = fc.record({ back: fc.nat(200), edge, minutes: fc.constantFrom(0, 0, 60, 90) });
  const item = fc.record({
    back: fc.nat(200),
    edge,
    minutes: fc.integer({ min: 0, max: 200 }),
    category: fc.constantFrom(...CATEGORIES),
    event: fc.constantFrom(...EVENTS),
    count: fc.integer({ min: 1, max: 50 }),
  });
  const settings = fc.record({
    baseMinutes: BASES,
    baseDays: fc.integer({ min: 1, max: 3 }),
    days: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.constantFrom(20, 45)),
    eventMonths: fc.integer({ min: 1, max: 2 }),
    months: fc.integer({ min: 1, max: 3 }),
  });
  const step = fc.record({
    days: fc.oneof(
      { weight: 16, arbitrary: fc.constant(1) },
      { weight: 3, arbitrary: fc.integer({ min: 2, max: 4 }) },
      { weight: 1, arbitrary: fc.integer({ min: 20, max: 40 }) },
    ),
    /** Of the new day, when it is looked at; a day is over after an hour of the next. */
    minutes: fc.constantFrom(5, 59, 60, 61, 300),
    counts: fc.array(item, { maxLength: 4 }),
    seen: fc.array(item, { minLength: 1, maxLength: 4 }),
    marks: fc.array(fc.nat(300), { maxLength: 1 }),
    settings: fc.option(settings, { freq: 8 }),
    interval: fc.constantFrom(...INTERVALS),
    question: fc.record({
      from: fc.option(bound),
      to: fc.option(bound),
      category: fc.constantFrom(null, null, 'page', 'daily', 'seen', 'total'),
      minimum: fc.constantFrom(0, 1, 20),
    }),
  });
  return fc.record({
    past: fc.record({ days: fc.integer({ min: 1, max: 100 }), items: fc.array(item, { maxLength: 10 }) }),
    settings,
    steps: fc.array(step, { minLength: 6, maxLength: 14 }),
  });
}

/** The instant of a place from a date on, until now. */
function placeOf({ oracle, nowMs }: CounterPair, firstDate: string, { back, edge, minutes }: Place): number {
  const dates: string[] = [];
  for (let date = oracle.dateAt(nowMs); dates.length === 0 || date >= firstDate; date = shift(date, { days: -1 }))
    dates.push(date);
  const date = dates[back % dates.length] ?? firstDate;
  const endMs = oracle.startOf(shift(date, { days: 1 }));
  const atMs = edge === 'start' ? oracle.startOf(date) + minutes * MINUTE_MS : endMs - 1 - minutes * MINUTE_MS;
  return Math.min(atMs, nowMs);
}

function placedIn(pair: CounterPair, firstDate: string) {
  return <T extends Place>(item: T): Omit<T, keyof Place> & { atMs: number } => {
    const { back, edge, minutes, ...rest } = item;
    return { ...rest, atMs: placeOf(pair, firstDate, { back, edge, minutes }) };
  };
}

async function liveDay(pair: CounterPair, step: Day): Promise<void> {
  const { oracle } = pair;
  pair.nowMs = oracle.startOf(shift(oracle.dateAt(pair.nowMs), { days: step.days })) + step.minutes * MINUTE_MS;
  if (step.settings !== null) await pair.set(step.settings);
  const seen = step.seen.map(placedIn(pair, oracle.openDate));
  await pair.send(
    step.counts.map(placedIn(pair, oracle.baseFrom)),
    seen.map(({ category, count, atMs }) => ({ atMs, category, id: `id-${count}` })),
    step.marks.map((days) => pair.nowMs - days * 24 * HOUR_MS),
  );
  await pair.compare();
  await pair.rollUp();
  await pair.compare();
  const bound = (place: Place | null) =>
    place === null ? null : placeOf(pair, shift(oracle.openDate, { days: -12 }), place);
  const { from, to, category, minimum } = step.question;
  const [fromMs, toMs] = [bound(from), bound(to)];
  await pair.compareRead(step.interval, { fromMs, toMs, category, minimum });
}
