import { deepStrictEqual, strictEqual } from 'node:assert';
import { USAGE_INTERVALS, type UsageInterval } from '../../../src/core/usage/counters/usage-periods.js';
import type { PropertyEntity } from '../../../src/properties/property.entity.js';
import type { CounterOracle, OracleQuestion, OracleSettings } from './counter-oracle.js';
import type { CounterWorld } from './counter-world.js';

export interface SentCount {
  readonly atMs: number;
  readonly category: string;
  readonly event: string;
  readonly count: number;
}

export interface SentId {
  readonly atMs: number;
  readonly category: string;
  readonly id: string;
}

const EVERYTHING: OracleQuestion = { fromMs: null, toMs: null, category: null, minimum: 0 };

/** The service and the oracle, side by side, on a clock that the test moves. */
export class CounterPair {
  private sent = 0;
  private last: { body: object; wasTaken: boolean } | null = null;

  constructor(
    private readonly world: CounterWorld,
    private readonly property: PropertyEntity,
    readonly oracle: CounterOracle,
    public nowMs: number,
  ) {}

  private get now(): Date {
    return new Date(this.nowMs);
  }

  async set(settings: OracleSettings): Promise<void> {
    const { baseMinutes, baseDays, days, eventMonths, months } = settings;
    this.oracle.replaceSettings(settings);
    const body = { base: `PT${baseMinutes}M`, base_days: baseDays, days, event_months: eventMonths, months };
    await this.world.settings.replace(this.property, body, this.now);
  }

  /** Sends a batch; it is taken, or refused, as the oracle says. Marks count for nothing. */
  async send(counts: readonly SentCount[], seen: readonly SentId[], marks: readonly number[] = []): Promise<void> {
    const { oracle, nowMs } = this;
    const firstMs = Math.min(nowMs, ...[...counts, ...seen].map(({ atMs }) => atMs));
    const written = <T extends { readonly atMs: number }>({ atMs, ...rest }: T) => {
      return { ...rest, at: new Date(atMs).toISOString() };
    };
    const body = {
      batch: `b${(this.sent += 1)}`,
      from: new Date(firstMs).toISOString(),
      counts: counts.map(written),
      seen: seen.map(written),
      marks: marks.map((atMs) => written({ atMs, category: 'timeline', event: 'release' })),
    };
    const isClosed =
      oracle.isClosed(firstMs, nowMs, oracle.baseFrom) ||
      seen.some(({ atMs }) => oracle.isClosed(atMs, nowMs, oracle.openDate));
    strictEqual(await this.verdict(body), isClosed ? 'period_closed' : 'counted');
    this.last = { body, wasTaken: !isClosed };
    if (isClosed) return;
    for (const { atMs, category, event, count } of counts)
      if (count > 0) oracle.count(atMs, category, event || '#', count);
    for (const { atMs, category, id } of seen) oracle.see(atMs, category, id);
  }

  /** Sends the last batch again: its id is forgotten at the earliest when its own time is refused. */
  async sendAgain(): Promise<void> {
    if (this.last?.wasTaken !== true) return;
    const verdict = await this.verdict(this.last.body);
    if (verdict !== 'period_closed') strictEqual(verdict, 'duplicate');
  }

  private async verdict(body: object): Promise<string> {
    return await this.world.counting.count(this.property, body, this.now).then(
      ({ duplicate }) => (duplicate ? 'duplicate' : 'counted'),
      (error: { code: string }) => error.code,
    );
  }

  /** Rolls up what is over. What one day deletes has been told before. */
  async rollUp(): Promise<void> {
    const { next_roll_up: told } = await this.world.settings.get(this.property, this.now);
    const before = this.oracle.events();
    const days = await this.world.rollUp(this.now);
    strictEqual(days, this.oracle.rollUp(this.nowMs));
    if (days === 1) strictEqual(told.deleted_counts, before - this.oracle.events());
  }

  /** Compares all periods of all intervals, and the sum of all rows. */
  async compare(): Promise<void> {
    for (const interval of USAGE_INTERVALS) await this.compareRead(interval, EVERYTHING);
    const [sum] = await this.world.rows<{ n: number }>(
      `SELECT (coalesce((SELECT sum(count) FROM usage_counts WHERE property_id = $1), 0)
        + (SELECT count(*) FROM usage_seen WHERE property_id = $1))::float8 AS n`,
      this.property.id,
    );
    strictEqual(sum?.n, this.oracle.total());
  }

  async compareRead(interval: UsageInterval, question: OracleQuestion): Promise<void> {
    const periods = await this.world.read(this.property, interval, this.now, question);
    const found = periods.map(({ from, to, counts }) => ({ from, to, counts }));
    const expected = this.oracle.read(interval, this.nowMs, question);
    deepStrictEqual({ interval, question, found }, { interval, question, found: expected });
  }

  async end(): Promise<void> {
    await this.world.rows('DELETE FROM usage_counters WHERE property_id = $1', this.property.id);
  }
}
