import { isDefined, type CanonicalCohort } from '../cohort/definition.js';
import { planDefinition } from '../cohort/plan-definition.js';
import { parseTraitFilter } from '../event/parse-filter.js';
import { resolveSelector, resolveTraitFilter, type FilterClock } from '../event/time-bound.js';
import { isGiven } from '../json-shape.js';
import { LOCAL_DAY } from '../metric/distinct-count.js';
import { ACTIVITIES } from '../metric/rolling-active.js';
import { periodMs, unitMs } from '../metric/time-unit.js';
import { breakdownOf } from '../series/parse-breakdown.js';
import { plannedCells } from '../series/series-cells.js';
import { parseDuration } from '../time/duration.js';
import type { CanonicalRequest } from './canonical-request.js';
import { plannedBirths, plannedWindow } from './planned-window.js';
import type { PlannedBirth, PlannedCohort, PlannedMetric, PlannedValue, RunPlan } from './run-plan.js';

/** What a run fixes when it starts: which rows it reads and up to which instant it looks. */
export interface RunStart {
  readonly propertyNumber: number;
  readonly dataVersion: number;
  /** `as_of` of the request, or the run's own start. UTC milliseconds. */
  readonly asOfMs: number;
}

/** Everything the compiler needs, numbers resolved. Takes a canonical request as `planRequest` made it. */
export function planRun(canonical: CanonicalRequest, start: RunStart): RunPlan {
  const { cohort, params, birth } = canonical;
  const clock = { asOfMs: start.asOfMs, timeZone: canonical.time_zone };
  const cells = plannedCells(canonical);
  const breakdown = breakdownOf(canonical.breakdown);
  return {
    propertyNumber: start.propertyNumber,
    dataVersion: start.dataVersion,
    asOfMs: start.asOfMs,
    cohort: plannedCohort(cohort, clock),
    selector: resolveSelector({ event: params.event, where: params.where }, clock),
    metric: plannedMetric(canonical, clock),
    // Looking back from as_of: a window without length, which ends there.
    window: plannedWindow(canonical) ?? { kind: 'fixed', fromMs: start.asOfMs, toMs: start.asOfMs },
    ...(cells ? { cells } : {}),
    ...(breakdown ? { breakdown } : {}),
    birth: plannedBirth(birth, clock),
    births: plannedBirths(canonical),
  };
}

function plannedBirth(birth: CanonicalRequest['birth'], clock: FilterClock): PlannedBirth {
  if (birth?.kind === 'first_event') return { kind: birth.kind, ...resolveSelector(birth, clock) };
  return birth ?? { kind: 'none' };
}

function plannedCohort(cohort: CanonicalCohort, clock: FilterClock): PlannedCohort {
  if (isDefined(cohort)) return { kind: 'definition', definition: planDefinition(cohort, clock) };
  return 'all' in cohort ? { kind: 'all' } : { kind: 'members', setHash: cohort.members };
}

function plannedMetric({ metric, params, aggregators }: CanonicalRequest, clock: FilterClock): PlannedMetric {
  switch (metric) {
    case 'event_count':
      return { kind: 'event_count' };
    case 'value_sum':
      return { kind: 'value_sum', value: String(params['value']) };
    case 'event_rate':
      return { kind: 'event_rate', periodMs: periodMs(params) };
    case 'threshold':
      return { kind: 'threshold', n: Number(params['n']) };
    case 'time_to_threshold':
      return {
        kind: 'time_to_threshold',
        first: params['first'] === 'birth' ? 'birth' : Number(params['first']),
        threshold: params['threshold'] === 'last' ? 'last' : Number(params['threshold']),
        unitMs: unitMs(params),
      };
    case 'occurrence':
      return { kind: 'occurrence' };
    case 'reversal_rate':
      return {
        kind: 'reversal_rate',
        object: String(params['object']),
        content: String(params['content']),
        lookAhead: Number(params['look_ahead']),
        lookBack: Number(params['look_back']),
        ignoreSelf: params['ignore_self'] === true,
      };
    case 'rolling_active':
      return {
        kind: 'rolling_active',
        activity: ACTIVITIES.find((activity) => activity === params['kind']) ?? 'active',
        n: Number(params['n']),
        uMs: parseDuration(params['u'], '/params/u'),
        exclude: isGiven(params['exclude'])
          ? resolveTraitFilter(parseTraitFilter(params['exclude'], '/params/exclude'), clock)
          : null,
      };
    case 'newly_registered':
      return { kind: 'newly_registered' };
    case 'distinct_count': {
      const property = String(params['property']);
      const of: PlannedValue =
        property === LOCAL_DAY ? { kind: 'day', timeZone: clock.timeZone } : { kind: 'property', property };
      return { kind: 'distinct_count', of, keepsSets: aggregators.includes('distinct') };
    }
    case 'count_by':
      return { kind: 'count_by', property: String(params['property']), values: texts(params['values']) };
    case 'survival':
      return { kind: 'survival', n: Number(params['n']), hasSunset: params['sunset'] !== null };
  }
}

/** Of a canonical list of texts. */
function texts(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.map(String) : null;
}
