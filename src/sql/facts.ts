import { traitNames } from '../core/event/filter.js';
import { windowReach } from '../core/request/planned-window.js';
import type { PlannedBirth, RunPlan } from '../core/request/run-plan.js';
import { groupOf, hasCells, sliceOf } from './cells.js';
import { compileSelector } from './compile-filter.js';
import { int64Ms, type ParamList } from './compiled-query.js';
import {
  CHANGE_VERSION,
  compileTraitFilter,
  IN_COHORT,
  ofLastRegistration,
  traitFacts,
  traitMeasures,
  type FactColumn,
} from './fact-columns.js';
import { metricSql } from './metrics/catalogue.js';
import { keptFacts } from './metrics/metric-sql.js';
import { periodDay } from './window-bounds.js';

/**
 * Whether a run must know when users were registered: it is their birth, or the cohort is `all`, which leaves out who
 * registers at or after as_of.
 */
function readsRegistrations({ birth, cohort }: RunPlan): boolean {
  return birth.kind === 'registration' || cohort.kind === 'all';
}

/** Whether a user of the cohort may be unknown: the cohort `all` consists of known users. */
function readsKnown({ cohort }: RunPlan): boolean {
  return cohort.kind !== 'all';
}

/** Whether only rows of members are read; else members are marked by `in_cohort`. */
function looksUpMembers({ cohort }: RunPlan): boolean {
  return cohort.kind !== 'all' && cohort.isGathered !== true;
}

/** Tables that the facts of some metrics need beside the constants of `compileRun`; to be named before the facts. */
export function compileTables(plan: RunPlan, params: ParamList): readonly string[] {
  const isMember = looksUpMembers(plan) ? ['user_id IN (SELECT user_id FROM cohort)'] : [];
  const measured = { isMember, isInReach: (of: ParamList, time?: string) => isInReach(plan, of, time) };
  return metricSql(plan.metric).tables?.(plan, measured, params) ?? [];
}

/**
 * Everything a run reads as thin rows: the events before as_of, the changes of users, the members of the cohort; of a
 * cohort with members only theirs. Reads each table once. Expects the constants of `compileRun`.
 */
export function compileFacts(plan: RunPlan, params: ParamList): string {
  const columns = factColumns(plan, params);
  const isMember = looksUpMembers(plan) ? ' AND user_id IN (SELECT user_id FROM cohort)' : '';
  // ClickHouse: PREWHERE runs before FINAL, so it may only hold what keeps the winner of an identity: conditions on the
  // key, and on `seq`, as the winner has the lowest.
  const ofEvents = columns.map(({ name, event }) => (name === event ? name : `${event} AS ${name}`));
  const events = `SELECT
        ${ofEvents.join(',\n        ')}
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of${isMember}`;
  const changes = `SELECT ${columns.map(({ change }) => change).join(', ')}
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version${isMember}`;
  const members = `SELECT ${columns.map(({ member }) => member).join(', ')} FROM cohort`;
  const parts = plan.cohort.kind !== 'all' ? [events, changes, members] : [events, changes];
  const own = metricSql(plan.metric).rows?.(columns);
  return [...parts, ...(own ? [own] : [])].join('\n    UNION ALL\n    ');
}

function factColumns(plan: RunPlan, params: ParamList): FactColumn[] {
  const { birth, breakdown } = plan;
  const metric = metricSql(plan.metric);
  const columns: FactColumn[] = [
    { name: 'user_id', event: 'user_id', change: 'user_id', member: 'user_id' },
    ...(readsKnown(plan) ? [{ name: 'known', event: 'true', change: 'true', member: 'false' }] : []),
    {
      name: 'at_ms',
      event: 'toUnixTimestamp64Milli(time)',
      change: 'ifNull(toUnixTimestamp64Milli(registered_at), 0)',
      member: '0',
    },
    { name: 'matched', event: matched(plan, params), change: 'false', member: 'false' },
  ];
  if (plan.cohort.kind !== 'all' && !looksUpMembers(plan)) columns.push(IN_COHORT);
  if (birth.kind === 'first_event') {
    columns.push({ name: 'born', event: compileSelector(birth, params), change: 'false', member: 'false' });
  }
  columns.push(...(metric.facts?.(params) ?? []));
  if (breakdown?.of === 'property') {
    columns.push({ name: 'event_group', event: groupOf(breakdown, params), change: `''`, member: `''` });
    if (metric.counts) {
      columns.push({ name: 'is_counted', event: metric.counts(params) ?? 'true', change: 'false', member: 'false' });
    }
  }
  if (readsRegistrations(plan)) {
    columns.push(
      { name: 'registration_given', event: 'false', change: 'registration_given', member: 'false' },
      { name: 'registered', event: 'false', change: 'registered_at IS NOT NULL', member: 'false' },
    );
  }
  const traits = traitsRead(plan);
  columns.push(...traitFacts(traits, params));
  if (traits.length > 0 || readsRegistrations(plan)) columns.push(CHANGE_VERSION);
  return columns;
}

/** The events that are measured: of a fixed window those in it, else those that some user's window can hold. */
function matched(plan: RunPlan, params: ParamList): string {
  const tests = [compileSelector(plan.selector, params)];
  const isCounted = plan.breakdown?.of === 'property' ? null : (metricSql(plan.metric).counts?.(params) ?? null);
  if (isCounted !== null) tests.push(isCounted);
  return [...tests, ...isInReach(plan, params)].join(' AND ');
}

function isInReach(plan: RunPlan, params: ParamList, time = 'at_ms'): readonly string[] {
  const { fromMs, toMs } = windowReach(plan);
  return [
    ...(fromMs > -Infinity ? [`${time} >= ${int64Ms(fromMs, params)}`] : []),
    ...(toMs < Infinity ? [`${time} < ${int64Ms(toMs, params)}`] : []),
  ];
}

/**
 * The facts gathered to one row for each user of the cohort: known or not, the birth, and what the metric needs of the
 * events.
 */
export function compilePeople(plan: RunPlan, params: ParamList): string {
  const columns = [
    'user_id',
    ...(readsKnown(plan) ? ['max(known) AS is_known'] : []),
    ...birthColumns(plan.birth),
    ...traitMeasures(traitsRead(plan)),
    ...measures(plan, params),
  ];
  // The users of `all` who are registered at or after as_of are not in it yet.
  const isThere =
    plan.cohort.kind === 'all' ? `NOT ${ofLastRegistration('registered AND at_ms >= as_of_ms')}` : 'max(in_cohort)';
  const having = looksUpMembers(plan) ? '' : `\n    HAVING ${isThere}`;
  return `SELECT
        ${columns.join(',\n        ')}
    FROM facts
    GROUP BY user_id${having}`;
}

function birthColumns(birth: PlannedBirth): readonly string[] {
  switch (birth.kind) {
    case 'none':
      return [];
    case 'registration':
      return [`${ofLastRegistration('registered')} AS is_born`, `${ofLastRegistration('at_ms')} AS birth_ms`];
    case 'first_event':
      return ['max(born) AS is_born', 'minIf(at_ms, born) AS birth_ms'];
  }
}

function measures(plan: RunPlan, params: ParamList): readonly string[] {
  const sql = metricSql(plan.metric);
  if (plan.window.kind === 'fixed' && !hasCells(plan)) return sql.ofFacts(params);
  const times = 'groupArrayIf(at_ms, matched) AS times';
  const kept = keptFacts(sql, plan.breakdown).map(([column, array]) => `groupArrayIf(${column}, matched) AS ${array}`);
  return [times, ...kept];
}

/** The people with `user_reason`, and where a series is by birth the slice they were born in. */
export function compileBorn(plan: RunPlan, params: ParamList): string {
  const reason = `${userReason(plan, params)} AS user_reason`;
  const { window } = plan;
  const slice = sliceOf(plan, params);
  const period = window.kind === 'since_calendar' ? `${periodDay(window, params)} AS period_day` : null;
  return `SELECT *,
        ${[reason, slice, period].filter((column) => column !== null).join(',\n        ')}
    FROM people`;
}

/** The traits that a run reads. */
export function traitsRead({ excludes, breakdown }: RunPlan): readonly string[] {
  const grouped = breakdown?.of === 'trait' ? [breakdown.name] : [];
  return [...new Set([...(excludes ? traitNames(excludes) : []), ...grouped])];
}

/** A condition on a user: excluded by the traits. Null: nobody is. */
function isExcluded(plan: RunPlan, params: ParamList): string | null {
  return plan.excludes ? compileTraitFilter(plan.excludes, traitsRead(plan), params) : null;
}

/** Why a user has no value whatever the metric (empty: none of these): the first reason that holds. */
function userReason(plan: RunPlan, params: ParamList): string {
  const { birth, births } = plan;
  const excluded = isExcluded(plan, params);
  const reasons = [
    ...(readsKnown(plan) ? [`NOT is_known, 'unknown_user'`] : []),
    ...(excluded === null ? [] : [`${excluded}, 'excluded'`]),
    ...(birth.kind === 'none' ? [] : [`NOT is_born, 'no_birth'`]),
  ];
  const outside: string[] = [];
  if (births && births.fromMs !== null) outside.push(`birth_ms < ${int64Ms(births.fromMs, params)}`);
  if (births && births.toMs !== null) outside.push(`birth_ms >= ${int64Ms(births.toMs, params)}`);
  if (outside.length > 0) reasons.push(`${outside.join(' OR ')}, 'out_of_range'`);
  if (reasons.length === 0) return `''`;
  return `${reasons.length === 1 ? 'if' : 'multiIf'}(${reasons.join(', ')}, '')`;
}
