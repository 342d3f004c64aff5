import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { rollUpMs } from '../../core/usage/counters/roll-up-plan.js';
import { Housekeeping, type Step } from '../../stores/postgres/housekeeping.js';
import { DayKeys } from './day-keys.js';
import { dayOfDate } from '../../stores/postgres/local-dates.js';
import { rollUpDay } from './roll-up.js';

/** Local days begin up to 14 hours before those of UTC. */
const EARLIEST_MS = 14 * 3_600_000;
/** How long one step goes on with further days. */
const STEP_MS = 1_000;

/** Properties with an open day before $1, which may be over, those that are furthest behind first. */
const OPEN = `
  SELECT property_id AS id, open_day::text AS date, time_zone AS "timeZone"
  FROM usage_counters JOIN properties ON properties.id = property_id WHERE open_day < $1 ORDER BY open_day, property_id`;

interface OpenRow {
  readonly id: string;
  readonly date: string;
  readonly timeZone: string;
}

/**
 * Rolls up days that are over: a chore of housekeeping, so one process at a time looks for them. Each day of a property
 * is a transaction of its own that locks the state of the property and looks at it again, so no day is rolled up twice,
 * whoever does it; days that were missed follow each other in order.
 */
@Injectable()
export class RollUps implements OnModuleInit {
  private readonly logger = new Logger(RollUps.name);

  constructor(
    private readonly database: DataSource,
    private readonly keys: DayKeys,
    private readonly housekeeping: Housekeeping,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add({ kind: 'usage_days', step: (now) => this.step(now) });
  }

  /** Rolls up days for about a second, and destroys their keys. A property that fails keeps no other from its turn. */
  async step(now: Date): Promise<Step> {
    const endMs = performance.now() + STEP_MS;
    const latest = new Date(now.getTime() + EARLIEST_MS).toISOString().slice(0, 10);
    const isOver = (day: number, timeZone: string): boolean => rollUpMs(day, timeZone) <= now.getTime();
    const open: OpenRow[] = await this.database.query(OPEN, [latest]);
    let [removed, isLast] = [0, true];
    const errors: unknown[] = [];
    for (const { id } of open.filter(({ date, timeZone }) => isOver(dayOfDate(date), timeZone))) {
      if (performance.now() > endMs) {
        isLast = false;
        break;
      }
      try {
        const done = await this.rollUp(id, isOver, endMs);
        removed += done.days;
        isLast &&= done.isLast;
      } catch (error) {
        errors.push(error);
        this.logger.warn({ msg: 'not rolled up', property: id, err: error });
      }
    }
    await this.keys.destroy();
    if (errors.length > 0) throw errors[0];
    return { removed, isLast };
  }

  /** One day after another of a property, until `endMs`; `isLast`: none is left. */
  private async rollUp(
    propertyId: string,
    isOver: (day: number, timeZone: string) => boolean,
    endMs: number,
  ): Promise<{ days: number; isLast: boolean }> {
    for (let days = 0; ; days += 1) {
      if (days > 0 && performance.now() > endMs) return { days, isLast: false };
      const openDay = await this.database.transaction((manager) => rollUpDay(manager, propertyId, isOver));
      if (openDay === null) return { days, isLast: true };
      this.keys.forget(propertyId, openDay);
    }
  }
}
