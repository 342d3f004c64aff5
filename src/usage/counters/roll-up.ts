import type { EntityManager } from 'typeorm';
import { planRollUp, type RollUpPlan } from '../../core/usage/counters/roll-up-plan.js';
import { SEEN, TOTAL } from '../../core/usage/counters/usage-batch.js';
import { readState } from './counter-state.js';
import { toDate } from '../../stores/postgres/local-dates.js';
import { ADD_SUMS, INTO_SUMS, SUM_OF_GROUP } from './stored-sums.js';

/** Categories that roll-ups make are nobody's events. */
const OF_EVENTS = `category NOT IN ('${SEEN}', '${TOTAL}')`;

/** Events of months become their categories' totals. */
const TOTALS = `
  WITH moved AS (
    DELETE FROM usage_counts WHERE property_id = $1 AND level = 'month' AND day < $2 AND ${OF_EVENTS} RETURNING day, category, count)
  ${INTO_SUMS} SELECT $1, 'month', day, 0, '${TOTAL}', category, ${SUM_OF_GROUP} FROM moved GROUP BY day, category ${ADD_SUMS}`;

/** The statements of a roll-up in order, each with the bound that is its second parameter. */
const STEPS: readonly (readonly [sql: string, bound: (plan: RollUpPlan) => number])[] = [
  [
    `${INTO_SUMS} SELECT $1, 'day', day, 0, '${SEEN}', category, count(*) FROM usage_seen
    WHERE property_id = $1 AND day < $2 GROUP BY day, category ${ADD_SUMS}`,
    ({ endDay }) => endDay,
  ],
  ['DELETE FROM usage_seen WHERE property_id = $1 AND day < $2', ({ endDay }) => endDay],
  [moved({ from: 'base', to: 'day', day: 'day' }), ({ baseBefore }) => baseBefore],
  [moved({ from: 'day', to: 'month', day: "date_trunc('month', day)::date" }), ({ daysBefore }) => daysBefore],
  [TOTALS, ({ eventsBefore }) => eventsBefore],
  [
    `DELETE FROM usage_counts WHERE property_id = $1 AND level = 'month' AND day < $2`,
    ({ monthsBefore }) => monthsBefore,
  ],
];

/** What was summed up by settings before stays so: how far levels are depends on all roll-ups. */
const DAYS_FROM = 'greatest(days_from, least($4, greatest(base_from, $3)))';
const CLOSE = `
  UPDATE usage_counters SET open_day = $2, base_from = greatest(base_from, $3), days_from = ${DAYS_FROM},
    kept_from = greatest(kept_from, least($5, ${DAYS_FROM}))
  WHERE property_id = $1`;

/**
 * A batch whose `from` is before the first open day is refused by it: its id can go. It may have come up to two local
 * days before its `from`: a clock that was ahead at midnight, and a time zone that has been changed, by 26 hours at most.
 */
const FORGET = `
  DELETE FROM usage_batches AS batches USING usage_counters AS counters
  WHERE batches.property_id = $1 AND counters.property_id = $1 AND batches.day < counters.base_from - 2`;

/** Takes the sums of a level before a day and adds them to another level. */
function moved({ from, to, day }: { readonly from: string; readonly to: string; readonly day: string }): string {
  return `WITH moved AS (
      DELETE FROM usage_counts WHERE property_id = $1 AND level = '${from}' AND day < $2 RETURNING ${day} AS day, category, event, count)
    ${INTO_SUMS} SELECT $1, '${to}', day, 0, category, event, ${SUM_OF_GROUP} FROM moved GROUP BY day, category, event ${ADD_SUMS}`;
}

/**
 * Rolls up the first day of a property that is open, in the transaction of `manager`, which has the state alone. Null:
 * the day is not over by `isOver`, or the property is gone; else the day that is open next.
 */
export async function rollUpDay(
  manager: EntityManager,
  propertyId: string,
  isOver: (day: number, timeZone: string) => boolean,
): Promise<number | null> {
  const state = await readState(manager, propertyId, 'alone');
  if (state === null || !isOver(state.openDay, state.timeZone)) return null;
  const plan = planRollUp(state.openDay, state.settings);
  for (const [sql, bound] of STEPS) await manager.query(sql, [propertyId, toDate(bound(plan))]);
  const days = [plan.endDay, plan.baseBefore, plan.daysBefore, plan.monthsFrom].map(toDate);
  await manager.query(CLOSE, [propertyId, ...days]);
  await manager.query(FORGET, [propertyId]);
  return plan.endDay;
}
