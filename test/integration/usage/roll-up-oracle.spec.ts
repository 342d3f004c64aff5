import { deepStrictEqual, strictEqual } from 'node:assert';
import fc from 'fast-check';
import type { PropertyEntity } from '../../../src/properties/property.entity.js';
import { startTestDatabase, type TestDatabase } from '../../support/embedded-postgres.js';
import { CounterOracle, type OracleSettings } from '../../support/usage/counter-oracle.js';
import { openCounters, type CounterWorld } from '../../support/usage/counter-world.js';

// Worlds of counts, ids, days on and off, settings and clocks that jump, against plain arrays.

const HOUR_MS = 3_600_000;
const INTERVALS = ['base', 'day', 'month', 'year'] as const;
/** Before days of 23, 25, 23.5 and 24.5 hours, of a midnight that is skipped and one that comes twice, and a leap day. */
const STARTS: readonly (readonly [zone: string, from: string])[] = [
  ['Europe/Berlin', '2024-03-29T20:17:00Z'],
  ['Europe/Berlin', '2024-10-25T08:00:00Z'],
  ['America/New_York', '2024-11-01T23:30:00Z'],
  ['Australia/Lord_Howe', '2024-10-04T10:00:00Z'],
  ['Australia/Lord_Howe', '2024-04-05T10:00:00Z'],
  ['America/Sao_Paulo', '2018-11-02T12:00:00Z'],
  ['America/Sao_Paulo', '2018-02-16T12:00:00Z'],
  ['UTC', '2024-02-27T00:00:00Z'],
  ['Asia/Kathmandu', '2023-12-30T18:10:00Z'],
];

const item = fc.record({
  agoHours: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 30 }) }, fc.integer({ min: 0, max: 24 * 8 })),
  category: fc.constantFrom('page', 'user', 'threats'),
  event: fc.constantFrom('/', '/about', 'page', ''),
  count: fc.integer({ min: 0, max: 50 }),
});
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      counts: fc.array(item, { maxLength: 4 }),
      seen: fc.array(item, { maxLength: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 40 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), hours: fc.integer({ min: 24 * 3, max: 24 * 70 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('back' as const), hours: fc.integer({ min: 1, max: 50 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('roll' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('again' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('settings' as const),
      settings: fc.record({
        baseMinutes: fc.constantFrom(60, 90, 240, 420, 720, 1380, 1440),
        baseDays: fc.integer({ min: 1, max: 4 }),
        days: fc.integer({ min: 1, max: 40 }),
        eventMonths: fc.integer({ min: 1, max: 3 }),
        months: fc.integer({ min: 1, max: 14 }),
      }),
    }),
  },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** The service and the oracle, side by side. */
class Pair {
  private sent = 0;
  private last: { body: object; wasTaken: boolean } | null = null;

  constructor(
    private readonly world: CounterWorld,
    private readonly property: PropertyEntity,
    private readonly oracle: CounterOracle,
    private nowMs: number,
  ) {}

  async run(step: Command): Promise<void> {
    if (step.kind === 'wait') this.nowMs += step.hours * HOUR_MS;
    if (step.kind === 'back') this.nowMs -= step.hours * HOUR_MS;
    if (step.kind === 'roll') strictEqual(await this.world.rollUp(this.now), this.oracle.rollUp(this.nowMs));
    if (step.kind === 'settings') await this.set(step.settings);
    if (step.kind === 'again') await this.sendAgain();
    if (step.kind === 'send') await this.send(step);
  }

  private get now(): Date {
    return new Date(this.nowMs);
  }

  private async set(settings: OracleSettings): Promise<void> {
    const { baseMinutes, baseDays, days, eventMonths, months } = settings;
    this.oracle.replaceSettings(settings);
    const body = { base: `PT${baseMinutes}M`, base_days: baseDays, days, event_months: eventMonths, months };
    await this.world.settings.replace(this.property, body, this.now);
  }

  private async sendAgain(): Promise<void> {
    if (this.last?.wasTaken !== true) return;
    const { body } = this.last;
    // Its id is forgotten at the earliest when its own time is refused.
    const verdict = await this.world.counting
      .count(this.property, body, this.now)
      .catch((error: { code: string }) => error.code);
    strictEqual(
      typeof verdict === 'string' ? verdict : verdict.duplicate || 'counted again',
      typeof verdict === 'string' ? 'period_closed' : true,
    );
  }

  private async send({ counts, seen }: Extract<Command, { kind: 'send' }>): Promise<void> {
    const { oracle, nowMs } = this;
    const at = ({ agoHours }: { agoHours: number }): number => nowMs - agoHours * HOUR_MS;
    const firstMs = Math.min(nowMs, ...[...counts, ...seen].map(at));
    const body = {
      batch: `b${(this.sent += 1)}`,
      from: new Date(firstMs).toISOString(),
      counts: counts.map(({ category, event, count, ...one }) => ({
        category,
        event,
        count,
        at: new Date(at(one)).toISOString(),
      })),
      seen: seen.map(({ category, event, ...one }) => ({
        category,
        id: `id-${event}`,
        at: new Date(at(one)).toISOString(),
      })),
    };
    const isClosed =
      oracle.isClosed(firstMs, nowMs, oracle.baseFrom) ||
      seen.some((one) => oracle.isClosed(at(one), nowMs, oracle.openDate));
    const verdict = await this.world.counting
      .count(this.property, body, this.now)
      .catch((error: { code: string }) => error.code);
    this.last = { body, wasTaken: !isClosed };
    strictEqual(typeof verdict === 'string' ? verdict : 'counted', isClosed ? 'period_closed' : 'counted');
    if (isClosed) return;
    for (const one of counts) if (one.count > 0) oracle.count(at(one), one.category, one.event || '#', one.count);
    for (const one of seen) oracle.see(at(one), one.category, `id-${one.event}`);
  }

  async compare(): Promise<void> {
    for (const interval of INTERVALS)
      for (const minimum of [0, 20]) {
        const periods = await this.world.read(this.property, interval, this.now, minimum);
        const found = periods.map(({ from, counts }) => ({ from, counts }));
        deepStrictEqual({ interval, found }, { interval, found: this.oracle.read(interval, this.nowMs, minimum) });
      }
    const [sum] = await this.world.rows<{ n: number }>(
      `SELECT (coalesce((SELECT sum(count) FROM usage_counts WHERE property_id = $1), 0)
        + (SELECT count(*) FROM usage_seen WHERE property_id = $1))::float8 AS n`,
      this.property.id,
    );
    strictEqual(sum?.n, this.oracle.total());
  }
}

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

  it('are those of plain arrays', async () => {
    const commands = fc.array(command, { minLength: 5, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...STARTS), commands, async ([timeZone, from], steps) => {
        const startMs = Date.parse(from);
        const property = await world.property(timeZone);
        const pair = new Pair(world, property, new CounterOracle(timeZone, startMs), startMs);
        // The state is of the first call.
        await pair.run({ kind: 'send', counts: [], seen: [] });
        for (const step of steps) {
          await pair.run(step);
          await pair.compare();
        }
        await world.rows('DELETE FROM usage_counters WHERE property_id = $1', property.id);
      }),
      { numRuns: 25 },
    );
  });
});
