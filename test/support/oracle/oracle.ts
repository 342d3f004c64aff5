import { metric as builtIn, type PlannedMetric } from '../../../src/core/metric/catalogue.js';
import type { UndefinedReason } from '../../../src/core/metric/metric.js';
import type { RunPlan } from '../../../src/core/request/run-plan.js';
import { exactSum } from './exact-sum.js';
import { byValue, lastValue } from './oracle-values.js';
import { phaseOf, NEVER, repeated, truth, unobserved, type Outcome, type Window } from './oracle-outcome.js';
import { eventRate, newlyRegistered, occurrence, timeToThreshold } from './oracle-time-metrics.js';
import { reversalRate } from './oracle-reversals.js';
import { sessions } from './oracle-sessions.js';
import { isExcluded, rollingActive } from './oracle-rolling.js';
import { PLANNED_TIMES, selects } from './passes.js';
import type { SentEvent, UserChange, World } from './world.js';

/** The plan of a metric that the oracle knows. */
export type OraclePlan = RunPlan & { readonly metric: PlannedMetric };

export interface OracleRow {
  readonly user: string;
  /** In the order of the metric's columns. */
  readonly columns: readonly Outcome[];
  /** For sums: the sum of absolute values, to which errors may be in proportion. */
  readonly weight: number;
  /** For each map column: no map, an empty one. */
  readonly maps?: readonly Readonly<Record<string, number>>[];
  /** What a distinct count is of. */
  readonly values?: readonly string[];
}

/**
 * What docs/semantics.md says, word by word, over plain arrays: the values of every user of the cohort, ordered by the
 * bytes of their ids.
 */
export function oracle(world: World, plan: OraclePlan): OracleRow[] {
  const events = visibleEvents(world, plan);
  const changes = world.changes.filter(({ seq }) => seq <= plan.dataVersion);
  return cohort(world, plan, events, changes).map((user) => measure(user, plan, events, changes));
}

/**
 * A run reads only rows up to its data version; of one identity the first accepted counts; events at or after as_of are
 * not seen.
 */
export function visibleEvents(
  world: World,
  { dataVersion, asOfMs }: Pick<OraclePlan, 'dataVersion' | 'asOfMs'>,
): SentEvent[] {
  const winners = new Map<string, SentEvent>();
  for (const event of world.events) {
    if (event.seq > dataVersion) continue;
    const identity = JSON.stringify([event.user, event.name, event.timeMs, event.clientId, event.contentHash]);
    const other = winners.get(identity);
    if (!other || event.seq < other.seq || (event.seq === other.seq && event.position < other.position)) {
      winners.set(identity, event);
    }
  }
  return [...winners.values()].filter(({ timeMs }) => timeMs < asOfMs);
}

function cohort(
  world: World,
  plan: OraclePlan,
  events: readonly SentEvent[],
  changes: readonly UserChange[],
): string[] {
  const known = [...events, ...changes].map(({ user }) => user);
  const isThere = (user: string): boolean => (registration(user, changes) ?? -Infinity) < plan.asOfMs;
  const users = plan.cohort.kind === 'all' ? known.filter(isThere) : world.members;
  return [...new Set(users)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** The last one given; null: none, or removed. */
export function registration(user: string, changes: readonly UserChange[]): number | null {
  const given = changes
    .filter((change) => change.user === user && change.registeredMs !== undefined)
    .sort((a, b) => a.seq - b.seq || a.position - b.position);
  return given.at(-1)?.registeredMs ?? null;
}

function measure(
  user: string,
  plan: OraclePlan,
  allEvents: readonly SentEvent[],
  changes: readonly UserChange[],
): OracleRow {
  const events = allEvents.filter((event) => event.user === user);
  const birthMs = birth(user, plan, events, changes);
  const reason = userReason(user, plan, birthMs, events, changes);
  if (reason) {
    return { user, columns: repeated(columnNames(plan.metric).length, { reason }), weight: 0 };
  }
  const window = windowOf(plan, birthMs);
  const matching = events.filter((event) => selects(plan.selector, event, PLANNED_TIMES));
  if (plan.metric.kind === 'rolling_active') {
    return { user, columns: [rollingActive(plan.metric, plan.asOfMs, birthMs, matching)], weight: 0 };
  }
  const inside = matching.filter(({ timeMs }) => window.startMs <= timeMs && timeMs < window.endMs);
  if (plan.metric.kind === 'reversal_rate') {
    return { user, columns: reversalRate(plan.metric, plan, window, allEvents, inside), weight: 0 };
  }
  if (plan.metric.kind === 'sessions') {
    const { by, page } = plan.metric;
    const isPage = (event: SentEvent): boolean => selects(page, event, PLANNED_TIMES);
    return { user, columns: sessions({ by }, isPage, plan, window, matching), weight: 0 };
  }
  return { user, ...columnsOf(plan, plan.metric, window, birthMs, inside) };
}

function birth(
  user: string,
  plan: OraclePlan,
  events: readonly SentEvent[],
  changes: readonly UserChange[],
): number | null {
  const { birth } = plan;
  if (birth.kind === 'none') return null;
  if (birth.kind === 'registration') return registration(user, changes);
  const births = events.filter((event) => selects(birth, event, PLANNED_TIMES)).map(({ timeMs }) => timeMs);
  return births.length === 0 ? null : Math.min(...births);
}

/** The first reason that holds, of those that do not ask about the window. */
function userReason(
  user: string,
  plan: OraclePlan,
  birthMs: number | null,
  events: readonly SentEvent[],
  changes: readonly UserChange[],
): UndefinedReason | null {
  if (events.length === 0 && !changes.some((change) => change.user === user)) return 'unknown_user';
  const { birth, births } = plan;
  if (isExcluded(user, plan, changes)) return 'excluded';
  if (birth.kind === 'none') return null;
  if (birthMs === null) return 'no_birth';
  if (births && births.fromMs !== null && birthMs < births.fromMs) return 'out_of_range';
  if (births && births.toMs !== null && birthMs >= births.toMs) return 'out_of_range';
  return null;
}

function windowOf({ window }: OraclePlan, birthMs: number | null): Window {
  if (window.kind === 'fixed') return { startMs: window.fromMs, endMs: window.toMs, startsAtBirth: false };
  if (window.kind !== 'since_birth') throw new Error(`Of a window ${window.kind} another oracle knows`);
  if (birthMs === null) throw new Error('A window since birth of a user without birth');
  const startMs = birthMs + window.offsetMs;
  return { startMs, endMs: startMs + window.lengthMs, startsAtBirth: true };
}

/** Metrics that look at nothing but the window. */
export type WindowMetric = Exclude<PlannedMetric, { kind: 'rolling_active' | 'reversal_rate' | 'sessions' }>;

/** The columns of a metric, in order. */
export function columnNames(metric: PlannedMetric): string[] {
  const names = builtIn(metric.kind).columns.map(({ name }) => name);
  return metric.kind === 'survival' && !metric.hasSunset ? names.filter((name) => name !== 'so_far') : names;
}

/**
 * What a metric gives for the events inside a user's window. One that is not over tells nothing, but for what stands
 * already.
 */
export function columnsOf(
  plan: Pick<OraclePlan, 'asOfMs'>,
  metric: WindowMetric,
  window: Window,
  birthMs: number | null,
  inside: readonly SentEvent[],
): Omit<OracleRow, 'user'> {
  const phase = phaseOf(window, plan.asOfMs);
  if (phase === 'ahead' || phase === 'open') {
    const soFar = phase === 'open' ? stands(metric, inside) : null;
    return { columns: unobserved(columnNames(metric), soFar), weight: 0 };
  }
  switch (metric.kind) {
    case 'event_count':
      return { columns: [{ value: inside.length }], weight: 0 };
    case 'value_sum':
      return sums(metric.value, inside);
    case 'event_rate':
      return { columns: eventRate(metric.periodMs, plan, window, inside.length), weight: 0 };
    case 'occurrence':
      return { columns: occurrence(inside, stands(metric, inside)), weight: 0 };
    case 'time_to_threshold':
      return {
        columns: [timeToThreshold(metric, window, birthMs, inside), truth(stands(metric, inside))],
        weight: 0,
      };
    case 'distinct_count':
    case 'count_by':
      return byValue(metric, inside);
    case 'last_value':
      return lastValue(metric, inside);
    case 'newly_registered':
      return { columns: [newlyRegistered(plan, window, birthMs)], weight: 0 };
    case 'survival': {
      const survived = truth(inside.length >= metric.n);
      return { columns: [survived, truth(false), ...(metric.hasSunset ? [survived] : [])], weight: 0 };
    }
    case 'threshold':
      return { columns: threshold(metric.n, window.startsAtBirth ? birthMs : window.startMs, inside), weight: 0 };
  }
}

/** What `so_far` says of the events that were seen. */
function stands(metric: WindowMetric, { length }: readonly SentEvent[]): boolean {
  switch (metric.kind) {
    case 'occurrence':
      return length > 0;
    case 'threshold':
    case 'survival':
      return length >= metric.n;
    case 'time_to_threshold':
      return metric.threshold !== 'last' && length >= metric.threshold;
    default:
      return false;
  }
}

function threshold(n: number, originMs: number | null, inside: readonly SentEvent[]): Outcome[] {
  if (originMs === null) throw new Error('A window since birth of a user without birth');
  const nth = inside.map(({ timeMs }) => timeMs).sort((a, b) => a - b)[n - 1];
  if (nth === undefined) return [truth(false), NEVER, truth(false), truth(false)];
  return [truth(true), { value: (nth - originMs) / 1000 }, truth(false), truth(true)];
}

function sums(property: string, inside: readonly SentEvent[]): Omit<OracleRow, 'user'> {
  const values = inside.map(({ properties }) => properties[property]).filter((value) => typeof value === 'number');
  const count = { value: values.length };
  if (inside.length > 0 && values.length === 0) {
    return { columns: [...repeated(4, { reason: 'not_numeric' }), count], weight: 0 };
  }
  const absolute = exactSum(values.map(Math.abs));
  const positive = exactSum(values.filter((v) => v > 0));
  const negative = exactSum(values.filter((v) => v < 0));
  const columns = [exactSum(values), absolute, positive, negative].map((value) => ({ value }));
  return { columns: [...columns, count], weight: absolute };
}
