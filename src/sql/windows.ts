import type { PlannedWindow, RunPlan } from '../core/request/run-plan.js';
import { hasCells } from './cells.js';
import { int64Ms, type ParamList } from './compiled-query.js';
import { HAS_BEGUN, type MetricSql } from './metrics/metric-sql.js';
import { metricSql } from './metrics/catalogue.js';
import { isEndless, wholeBounds } from './window-bounds.js';

type Fixed = Extract<PlannedWindow, { kind: 'fixed' }>;

/**
 * The rows with their windows, what is measured in them, `outcome` (why a user has no measures: `user_reason`, or
 * `censored`), whether the window has begun, and `next_change_ms`: the earliest as_of, or an earlier one, at which time
 * alone could make a later run say something else of the user.
 */
export function compileWindows(plan: RunPlan, params: ParamList): string {
  const metric = metricSql(plan.metric);
  return withMeasures(metric, [...columnsOf(plan, metric, params), BEGUN], source(plan));
}

/**
 * Rows of `from` with columns, and with the measures of these. ClickHouse: what a name stands for is analysed wherever
 * the name is, so measures of measures are a SELECT of their own.
 */
export function withMeasures({ ofMeasures = [] }: MetricSql, columns: readonly string[], from: string): string {
  const inner = `SELECT *,
        ${columns.join(',\n        ')}
    FROM ${from}`;
  return ofMeasures.length === 0 ? inner : `SELECT *,\n        ${ofMeasures.join(',\n        ')}\n    FROM (${inner})`;
}

/** Of cells with their bounds, and nothing measured in them, what `compileWindows` tells of each: see there. */
export function compileOutcomes(plan: RunPlan, params: ParamList, from: string): string {
  const { window } = plan;
  const metric = metricSql(plan.metric);
  const columns =
    window.kind === 'fixed'
      ? [OUTCOME_OF_FIXED, fixedNext(window, metric, plan.asOfMs, params)]
      : [outcomeUnlessCensored(stands(plan, metric, 'stop_ms')), nextOf('stop_ms')];
  return `SELECT *,
        ${[...columns, BEGUN].join(',\n        ')}
    FROM ${from}`;
}

const BEGUN = `start_ms < as_of_ms AS ${HAS_BEGUN}`;

function source(plan: RunPlan): string {
  if (plan.breakdown?.of === 'property') return 'grouped';
  return hasCells(plan) ? 'cells' : 'born';
}

function columnsOf(plan: RunPlan, metric: MetricSql, params: ParamList): readonly string[] {
  const { window } = plan;
  if (window.kind !== 'fixed') return sinceBirth(plan, window, metric, params);
  return hasCells(plan)
    ? fixedCells(window, metric, plan.asOfMs, params)
    : fixedWindow(window, metric, plan.asOfMs, params);
}

/** Measured from the facts. A fixed window that has begun is never censored, as it is measured up to as_of. */
function fixedWindow(window: Fixed, metric: MetricSql, asOfMs: number, params: ParamList): readonly string[] {
  const bounds = [`${int64Ms(window.fromMs, params)} AS start_ms`];
  if (metric.readsBounds) {
    bounds.push('start_ms AS origin_ms', `${int64Ms(Math.min(window.toMs, asOfMs), params)} AS end_ms`);
  }
  const outcome = hasBegun(window, asOfMs) ? 'user_reason' : `if(user_reason = '', 'censored', user_reason)`;
  return [...bounds, `${outcome} AS outcome`, fixedNext(window, metric, asOfMs, params)];
}

/** Measured from arrays, each row over its cell. */
function fixedCells(window: Fixed, metric: MetricSql, asOfMs: number, params: ParamList): readonly string[] {
  return [
    'least(stop_ms, as_of_ms) AS end_ms',
    ...metric.ofArrays(INSIDE, params),
    OUTCOME_OF_FIXED,
    fixedNext(window, metric, asOfMs, params),
  ];
}

const OUTCOME_OF_FIXED = `multiIf(user_reason != '', user_reason, start_ms >= as_of_ms AND stop_ms > as_of_ms, 'censored', '') AS outcome`;

/** Of the whole window; when slices begin and end is known without the engine. */
function fixedNext(window: Fixed, { changesAt, movesWithAsOf }: MetricSql, asOfMs: number, params: ParamList): string {
  const nextMs = nextBoundMs(window, asOfMs);
  if (movesWithAsOf) return `if(user_reason = '', ${changesAt}, NULL) AS next_change_ms`;
  if (nextMs === null) return 'NULL AS next_change_ms';
  const bound = int64Ms(nextMs, params);
  const next = changesAt && hasBegun(window, asOfMs) ? `least(${bound}, ${changesAt})` : bound;
  return `if(user_reason = '', ${next}, NULL) AS next_change_ms`;
}

function hasBegun({ fromMs, toMs }: Fixed, asOfMs: number): boolean {
  return fromMs < asOfMs || toMs <= asOfMs;
}

function nextBoundMs({ fromMs, toMs }: Fixed, asOfMs: number): number | null {
  if (fromMs >= asOfMs) return Math.max(fromMs, asOfMs + 1);
  return toMs > asOfMs && toMs < Infinity ? toMs : null;
}

const INSIDE = 'at >= start_ms AND at < end_ms';
const BEGINS_BEFORE = 'start_ms < as_of_ms';

function sinceBirth(
  plan: RunPlan,
  window: Exclude<PlannedWindow, Fixed>,
  metric: MetricSql,
  params: ParamList,
): readonly string[] {
  const whole = hasCells(plan) ? null : wholeBounds(window, params);
  const bounds = whole
    ? [`${whole.start()} AS start_ms`, ...(metric.readsBounds ? [`${whole.origin()} AS origin_ms`] : [])]
    : [];
  if (isEndless(window)) {
    return [
      ...bounds,
      ...metric.ofArrays('at >= start_ms', params),
      outcomeUnlessCensored(BEGINS_BEFORE),
      nextOf(null),
    ];
  }
  return [
    ...bounds,
    `${whole ? whole.stop('start_ms') : 'stop_ms'} AS end_ms`,
    ...metric.ofArrays(INSIDE, params),
    outcomeUnlessCensored(stands(plan, metric, 'end_ms')),
    nextOf('end_ms'),
  ];
}

/** At as_of = start all is censored still; a millisecond later it may not be. `end`: null where it never comes. */
function nextOf(end: string | null): string {
  const open = end === null ? '' : ` ${end} > as_of_ms, ${end},`;
  return `multiIf(user_reason != '', NULL, start_ms >= as_of_ms, greatest(start_ms, as_of_ms + 1),${open} NULL) AS next_change_ms`;
}

/**
 * Only users count who were observed to the end: else those who reached something early would be over-represented. A
 * metric that measures open windows does so but for the cells of a cohort table.
 */
function stands({ cells }: RunPlan, { measuresOpen }: MetricSql, end: string): string {
  const isOver = `${end} <= as_of_ms`;
  if (measuresOpen !== true) return isOver;
  return cells?.by === 'birth' && cells.ages ? `${isOver} OR cell = 0 AND ${BEGINS_BEFORE}` : BEGINS_BEFORE;
}

function outcomeUnlessCensored(isGiven: string): string {
  return `multiIf(user_reason != '', user_reason, ${isGiven}, '', 'censored') AS outcome`;
}
