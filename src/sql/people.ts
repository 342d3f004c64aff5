import type { PlannedBirth, RunPlan } from '../core/request/run-plan.js';
import { hasCells, sliceOf } from './cells.js';
import { int64Ms } from './engine-time.js';
import { ofLastRegistration } from './fact-column.js';
import { ARRAYS, keptFacts } from './metric-measures.js';
import { looksUpMembers } from './facts.js';
import { metricSql } from './metric-sql.js';
import type { ParamList } from './param-list.js';
import { periodDay } from './window-bounds.js';
import { isExcluded, traitMeasures, traitsRead } from './traits.js';

/** The facts gathered to one row for each user of the cohort: known or not, the birth, and what the metric needs of the events. */
export function compilePeople(plan: RunPlan, params: ParamList): string {
  const columns = [
    'user_id',
    'max(known) AS is_known',
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
  return [times, ...keptFacts(sql, plan.breakdown).map((name) => `groupArrayIf(${name}, matched) AS ${ARRAYS[name]}`)];
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

/** Why a user has no value whatever the metric (empty: none of these): the first reason that holds. */
function userReason(plan: RunPlan, params: ParamList): string {
  const { birth, births } = plan;
  const excluded = isExcluded(plan, params);
  const unknown = `NOT is_known, 'unknown_user'${excluded === null ? '' : `, ${excluded}, 'excluded'`}`;
  if (birth.kind === 'none') return `${excluded === null ? 'if' : 'multiIf'}(${unknown}, '')`;
  const outside: string[] = [];
  if (births && births.fromMs !== null) outside.push(`birth_ms < ${int64Ms(births.fromMs, params)}`);
  if (births && births.toMs !== null) outside.push(`birth_ms >= ${int64Ms(births.toMs, params)}`);
  const outOfRange = outside.length > 0 ? `, ${outside.join(' OR ')}, 'out_of_range'` : '';
  return `multiIf(${unknown}, NOT is_born, 'no_birth'${outOfRange}, '')`;
}
