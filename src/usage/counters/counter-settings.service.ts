import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { formatInstant } from '../../core/time/instant.js';
import { startOfDay } from '../../core/time/local-day.js';
import {
  parseCounterSettings,
  writeCounterSettings,
  type CounterSettings,
} from '../../core/usage/counters/counter-settings.js';
import { planRollUp, rollUpMs } from '../../core/usage/counters/roll-up-plan.js';
import type { PropertyEntity } from '../../properties/property.entity.js';
import type { CounterSettingsDto, NextRollUpDto } from './counter-settings.dto.js';
import { newState, openState, readState, type CounterState } from './counter-state.js';
import { toDate } from '../../stores/postgres/local-dates.js';

/** Before anything is counted, the past is open as far as base periods are kept. */
const REPLACE = `
  UPDATE usage_counters SET base_ms = $2, anonymise = $3, base_days = $4, days = $5, event_months = $6, months = $7,
    base_from = CASE WHEN live_at IS NULL THEN open_day - $4::integer ELSE base_from END,
    days_from = CASE WHEN live_at IS NULL THEN open_day - $4::integer ELSE days_from END,
    kept_from = CASE WHEN live_at IS NULL THEN open_day - $4::integer ELSE kept_from END
  WHERE property_id = $1`;

/**
 * What a roll-up takes from where it is: $2 base periods before, $3 days, $4 events of months, $5 months. What one step
 * moves on, the next may move further.
 */
const NEXT = `
  SELECT count(*) FILTER (WHERE level = 'base' AND day < $2)::integer AS base_to_days,
    count(*) FILTER (WHERE day < $3 AND (level = 'day' OR level = 'base' AND day < $2))::integer AS days_to_months,
    count(*) FILTER (WHERE month < $4 AND category NOT IN ('seen', 'total') AND becomes_month)::integer AS events_to_totals,
    count(*) FILTER (WHERE month < $5 AND becomes_month)::integer AS deleted,
    coalesce(sum(count) FILTER (WHERE month < $5 AND becomes_month AND category <> 'seen'), 0)::float8 AS deleted_counts
  FROM (
    SELECT *, date_trunc('month', day)::date AS month,
      level = 'month' OR day < $3 AND (level = 'day' OR day < $2) AS becomes_month
    FROM usage_counts WHERE property_id = $1) AS sums`;

/** How a property counts. */
@Injectable()
export class CounterSettingsService {
  constructor(private readonly database: DataSource) {}

  async get({ id, timeZone }: PropertyEntity, now: Date): Promise<CounterSettingsDto> {
    const { manager } = this.database;
    const state = (await readState(manager, id)) ?? newState(timeZone, now.getTime());
    return await this.describe(manager, id, state);
  }

  /** What the settings would be, and delete. @throws Failure as parseCounterSettings */
  async preview({ id, timeZone }: PropertyEntity, body: unknown, now: Date): Promise<CounterSettingsDto> {
    const settings = parseCounterSettings(body);
    const { manager } = this.database;
    const state = (await readState(manager, id)) ?? newState(timeZone, now.getTime());
    return await this.describe(manager, id, { ...state, settings });
  }

  /** Holds from now on: for counts at once, for what is kept with the next roll-up. */
  async replace({ id }: PropertyEntity, body: unknown, now: Date): Promise<CounterSettingsDto> {
    const settings = parseCounterSettings(body);
    return await this.database.transaction(async (manager) => {
      await openState(manager, id, 'alone', now.getTime());
      await manager.query(REPLACE, [id, ...valuesOf(settings)]);
      const state = await openState(manager, id, 'alone', now.getTime());
      return await this.describe(manager, id, state);
    });
  }

  private async describe(manager: EntityManager, propertyId: string, state: CounterState): Promise<CounterSettingsDto> {
    const { settings, timeZone, liveMs, openDay, baseFrom } = state;
    const { baseBefore, daysBefore, eventsBefore, monthsBefore } = planRollUp(openDay, settings);
    const bounds = [baseBefore, daysBefore, eventsBefore, monthsBefore].map(toDate);
    const [next]: Omit<NextRollUpDto, 'at'>[] = await manager.query(NEXT, [propertyId, ...bounds]);
    if (next === undefined) throw new Error('a count has no row');
    return {
      ...writeCounterSettings(settings),
      live_at: liveMs === null ? null : formatInstant(liveMs),
      first_open: formatInstant(startOfDay(baseFrom, timeZone)),
      first_open_seen: formatInstant(startOfDay(openDay, timeZone)),
      next_roll_up: { at: formatInstant(rollUpMs(openDay, timeZone)), ...next },
    };
  }
}

function valuesOf({ baseMs, anonymise, baseDays, days, eventMonths, months }: CounterSettings): unknown[] {
  return [baseMs, anonymise, baseDays, days, eventMonths, months];
}
