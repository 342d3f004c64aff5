import { isDefined, type CanonicalCohort } from '../cohort/definition.js';
import { planDefinition } from '../cohort/plan-definition.js';
import { resolveSelector, resolveTraitFilter, type FilterClock } from '../event/time-bound.js';
import { metric } from '../metric/catalogue.js';
import { breakdownOf } from '../series/breakdown.js';
import { plannedCells } from '../series/series-cells.js';
import type { CanonicalRequest } from './canonical-request.js';
import { plannedBirths, plannedWindow } from './planned-window.js';
import type { PlannedBirth, PlannedCohort, RunPlan } from './run-plan.js';

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
  const breakdown = breakdownOf(canonical.breakdown);
  const measured = metric(canonical.metric);
  const { excludes } = measured.reads(params);
  return {
    propertyNumber: start.propertyNumber,
    dataVersion: start.dataVersion,
    asOfMs: start.asOfMs,
    cohort: plannedCohort(cohort, clock),
    selector: resolveSelector({ event: params.event, where: params.where }, clock),
    metric: measured.plan(params, { clock, aggregators: canonical.aggregators }),
    excludes: excludes && resolveTraitFilter(excludes, clock),
    // Looking back from as_of: a window without length, which ends there.
    window: plannedWindow(canonical) ?? { kind: 'fixed', fromMs: start.asOfMs, toMs: start.asOfMs },
    cells: plannedCells(canonical),
    breakdown: breakdown && { ...breakdown, kept: null },
    birth: plannedBirth(birth, clock),
    births: plannedBirths(canonical),
  };
}

function plannedBirth(birth: CanonicalRequest['birth'], clock: FilterClock): PlannedBirth {
  if (birth?.kind === 'first_event') return { kind: birth.kind, ...resolveSelector(birth, clock) };
  return birth ?? { kind: 'none' };
}

function plannedCohort(cohort: CanonicalCohort, clock: FilterClock): PlannedCohort {
  if (isDefined(cohort)) {
    return { kind: 'definition', definition: planDefinition(cohort, clock), isGathered: null };
  }
  return 'all' in cohort ? { kind: 'all' } : { kind: 'members', setHash: cohort.members, isGathered: null };
}
