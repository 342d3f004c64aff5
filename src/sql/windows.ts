import type { PlannedWindow, RunPlan } from '../core/request/run-plan.js';
import { int64Ms } from './engine-time.js';
import type { MetricSql } from './metric-measures.js';
import { metricSql } from './metric-sql.js';
import type { ParamList } from './param-list.js';
import { userReason } from './people.js';

type SinceBirth = Extract<PlannedWindow, { kind: 'since_birth' }>;
type Fixed = Extract<PlannedWindow, { kind: 'fixed' }>;

/**
 * The people with their windows, what is measured in them, `outcome` (why a user has no measures: `user_reason`, or `censored`) and `next_change_ms`: the earliest
 * as_of, or an earlier one, at which time alone could make a later run say something else of the user.
 */
export function compileWindows(plan: RunPlan, params: ParamList): string {
  const { window } = plan;
  const reason = `${userReason(plan, params)} AS user_reason`;
  const metric = metricSql(plan.metric);
  const columns =
    window.kind === 'fixed' ? fixedWindow(window, metric, plan.asOfMs, params) : sinceBirth(window, metric, params);
  return `SELECT *,
        ${[reason, ...columns].join(',\n        ')}
    FROM people`;
}

/** Known before the engine is asked: nothing is censored once it has begun, as it is measured up to as_of. */
function fixedWindow(window: Fixed, metric: MetricSql, asOfMs: number, params: ParamList): readonly string[] {
  const bounds = [`${int64Ms(window.fromMs, params)} AS start_ms`];
  if (metric.readsBounds) {
    bounds.push('start_ms AS origin_ms', `${int64Ms(Math.min(window.toMs, asOfMs), params)} AS end_ms`);
  }
  const hasBegun = window.fromMs < asOfMs || window.toMs <= asOfMs;
  const outcome = hasBegun ? 'user_reason' : `if(user_reason = '', 'censored', user_reason)`;
  const changesAt = fixedNext(nextBoundMs(window, asOfMs), metric, hasBegun, params);
  const next = changesAt === null ? 'NULL' : `if(user_reason = '', ${changesAt}, NULL)`;
  return [...bounds, `${outcome} AS outcome`, `${next} AS next_change_ms`];
}

function fixedNext(
  nextMs: number | null,
  { changesAt, movesWithAsOf }: MetricSql,
  hasBegun: boolean,
  params: ParamList,
): string | null {
  if (movesWithAsOf) return changesAt ?? null;
  if (nextMs === null) return null;
  const bound = int64Ms(nextMs, params);
  return changesAt && hasBegun ? `least(${bound}, ${changesAt})` : bound;
}

function nextBoundMs({ fromMs, toMs }: Fixed, asOfMs: number): number | null {
  if (fromMs >= asOfMs) return Math.max(fromMs, asOfMs + 1);
  return toMs > asOfMs && toMs < Infinity ? toMs : null;
}

function sinceBirth({ offsetMs, lengthMs }: SinceBirth, metric: MetricSql, params: ParamList): readonly string[] {
  const start = `birth_ms + ${int64Ms(offsetMs, params)} AS start_ms`;
  const origin = metric.readsBounds ? ['birth_ms AS origin_ms'] : [];
  // At as_of = start all is censored still; a millisecond later it may not be.
  const ahead = `user_reason != '', NULL, start_ms >= as_of_ms, greatest(start_ms, as_of_ms + 1)`;
  if (lengthMs === Infinity) {
    return [
      start,
      ...metric.ofArrays('at >= start_ms', params),
      outcomeUnlessCensored('start_ms < as_of_ms'),
      `multiIf(${ahead}, NULL) AS next_change_ms`,
    ];
  }
  const isOver = 'end_ms <= as_of_ms';
  return [
    start,
    ...origin,
    `start_ms + ${int64Ms(lengthMs, params)} AS end_ms`,
    ...metric.ofArrays('at >= start_ms AND at < end_ms', params),
    outcomeUnlessCensored(metric.settled ? `${isOver} OR ${metric.settled}` : isOver),
    `multiIf(${ahead}, end_ms > as_of_ms, end_ms, NULL) AS next_change_ms`,
  ];
}

function outcomeUnlessCensored(stands: string): string {
  return `multiIf(user_reason != '', user_reason, ${stands}, '', 'censored') AS outcome`;
}
