import type { RunPlan } from '../core/request/run-plan.js';
import { windowReach } from '../core/request/window-reach.js';
import { compileNumber, compileSelector } from './compile-filter.js';
import { int64Ms } from './engine-time.js';
import { CHANGE_VERSION, IN_COHORT, type FactColumn } from './fact-column.js';
import { groupOf } from './groups.js';
import type { ParamList } from './param-list.js';
import { compileReversals, REVERSED, reversalFacts } from './reversals.js';
import { traitFacts, traitsRead } from './traits.js';
import { countedValue, hasCountedValue } from './value-metrics-sql.js';

/** Whether a run must know when users were registered: it is their birth, or the cohort is `all`, which leaves out who registers at or after as_of. */
export function readsRegistrations({ birth, cohort }: RunPlan): boolean {
  return birth.kind === 'registration' || cohort.kind === 'all';
}

/** Whether nobody's rows are read but those of members; else they are told by `in_cohort`. */
export function looksUpMembers({ cohort }: RunPlan): boolean {
  return cohort.kind !== 'all' && cohort.isGathered !== true;
}

/** Tables that the facts of some metrics need beside the constants of `compileRun`; to be named before the facts. */
export function compileTables(plan: RunPlan, params: ParamList): readonly string[] {
  const { metric } = plan;
  if (metric.kind !== 'reversal_rate') return [];
  const isMember = looksUpMembers(plan) ? ['user_id IN (SELECT user_id FROM cohort)'] : [];
  return compileReversals(plan, metric, { isMember, isMeasured: (of) => isWithinReach(plan, of) }, params);
}

/**
 * Everything a run looks at as thin rows: the events before as_of, the changes of users, the members of the cohort; where it has members, of nobody else. Reads
 * each table once. Expects the constants of `compileRun`.
 */
export function compileFacts(plan: RunPlan, params: ParamList): string {
  const columns = factColumns(plan, params);
  const isMember = looksUpMembers(plan) ? ' AND user_id IN (SELECT user_id FROM cohort)' : '';
  // ClickHouse: PREWHERE runs before FINAL, so it may only hold what keeps the winner of an identity: conditions on the key, and on `seq`, as the winner has
  // the lowest.
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
  if (plan.metric.kind === 'reversal_rate') parts.push(reversalFacts(columns));
  return parts.join('\n    UNION ALL\n    ');
}

function factColumns(plan: RunPlan, params: ParamList): FactColumn[] {
  const { birth, metric, breakdown } = plan;
  const columns: FactColumn[] = [
    { name: 'user_id', event: 'user_id', change: 'user_id', member: 'user_id' },
    { name: 'known', event: 'true', change: 'true', member: 'false' },
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
  if (metric.kind === 'value_sum') {
    columns.push({ name: 'amount', event: compileNumber(metric.value, params), change: 'nan', member: 'nan' });
  }
  const counted = countedValue(metric, params);
  if (counted) {
    columns.push({
      name: 'counted',
      event: `if(matched, ${counted.value}, ${counted.none})`,
      change: counted.none,
      member: counted.none,
    });
  }
  if (breakdown?.of === 'property') {
    columns.push({ name: 'event_group', event: groupOf(breakdown, params), change: `''`, member: `''` });
    const isCounted = hasCountedValue(metric, params);
    if (counted || isCounted)
      columns.push({ name: 'is_counted', event: isCounted ?? 'true', change: 'false', member: 'false' });
  }
  if (metric.kind === 'reversal_rate') columns.push(REVERSED);
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
  const { metric, breakdown } = plan;
  const tests = [compileSelector(plan.selector, params)];
  const hasValue = breakdown?.of === 'property' ? null : hasCountedValue(metric, params);
  if (hasValue) tests.push(hasValue);
  return [...tests, ...isWithinReach(plan, params)].join(' AND ');
}

function isWithinReach(plan: RunPlan, params: ParamList): readonly string[] {
  const { fromMs, toMs } = windowReach(plan, plan.metric.kind === 'rolling_active' ? 2 * plan.metric.uMs : 0);
  return [
    ...(fromMs > -Infinity ? [`at_ms >= ${int64Ms(fromMs, params)}`] : []),
    ...(toMs < Infinity ? [`at_ms < ${int64Ms(toMs, params)}`] : []),
  ];
}
