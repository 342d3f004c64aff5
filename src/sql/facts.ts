import type { RunPlan } from '../core/request/run-plan.js';
import { compileNumber, compileSelector } from './compile-filter.js';
import { int64Ms } from './engine-time.js';
import type { ParamList } from './param-list.js';
import { countedValue, hasCountedValue } from './value-metrics-sql.js';

/** A column of the facts: what an event, a change of a user and a member of the cohort have in it. */
interface FactColumn {
  readonly name: string;
  readonly event: string;
  readonly change: string;
  readonly member: string;
}

/** Whether a run must know when users were registered: it is their birth, or the cohort is `all`, which leaves out who registers at or after as_of. */
export function readsRegistrations({ birth, cohort }: RunPlan): boolean {
  return birth.kind === 'registration' || cohort.kind === 'all';
}

/**
 * Everything a run looks at as thin rows: the events before as_of, the changes of users, the members of the cohort; where it has members, of nobody else. Reads
 * each table once. Expects the constants of `compileRun`.
 */
export function compileFacts(plan: RunPlan, params: ParamList): string {
  const columns = factColumns(plan, params);
  const isMember = plan.cohort.kind !== 'all' ? ' AND user_id IN (SELECT user_id FROM cohort)' : '';
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
  return parts.join('\n    UNION ALL\n    ');
}

function factColumns(plan: RunPlan, params: ParamList): FactColumn[] {
  const { birth, metric } = plan;
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
  if (birth.kind === 'first_event') {
    columns.push({ name: 'born', event: compileSelector(birth, params), change: 'false', member: 'false' });
  }
  if (metric.kind === 'value_sum') {
    columns.push({ name: 'amount', event: compileNumber(metric.value, params), change: 'nan', member: 'nan' });
  }
  const counted = countedValue(metric, params);
  if (counted) {
    columns.push({ name: 'counted', event: counted.value, change: counted.none, member: counted.none });
  }
  if (readsRegistrations(plan)) {
    const change = 'seq * 1048576 + position';
    columns.push(
      { name: 'registration_given', event: 'false', change: 'registration_given', member: 'false' },
      { name: 'registered', event: 'false', change: 'registered_at IS NOT NULL', member: 'false' },
      { name: 'change_version', event: '0', change, member: '0' },
    );
  }
  return columns;
}

/** The events that are measured: of a fixed window those in it, else those that some user's window can hold. */
function matched(plan: RunPlan, params: ParamList): string {
  const [fromMs, toMs] = widestWindow(plan);
  const tests = [compileSelector(plan.selector, params)];
  const hasValue = hasCountedValue(plan.metric, params);
  if (hasValue) tests.push(hasValue);
  if (fromMs > -Infinity) tests.push(`at_ms >= ${int64Ms(fromMs, params)}`);
  if (toMs < Infinity) tests.push(`at_ms < ${int64Ms(toMs, params)}`);
  return tests.join(' AND ');
}

function widestWindow({ window, births }: RunPlan): readonly [fromMs: number, toMs: number] {
  if (window.kind === 'fixed') return [window.fromMs, window.toMs];
  const { offsetMs, lengthMs } = window;
  return [(births?.fromMs ?? -Infinity) + offsetMs, (births?.toMs ?? Infinity) + offsetMs + lengthMs];
}
