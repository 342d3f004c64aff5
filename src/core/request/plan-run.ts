import type { CanonicalRequest } from './canonical-request.js';
import { plannedBirths, plannedWindow } from './planned-window.js';
import type { PlannedMetric, RunPlan } from './run-plan.js';

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
  return {
    propertyNumber: start.propertyNumber,
    dataVersion: start.dataVersion,
    asOfMs: start.asOfMs,
    cohort: 'all' in cohort ? { kind: 'all' } : { kind: 'members', setHash: cohort.members },
    selector: { event: params.event, where: params.where },
    metric: plannedMetric(canonical),
    window: plannedWindow(canonical),
    birth: birth ?? { kind: 'none' },
    births: plannedBirths(canonical),
  };
}

function plannedMetric({ metric, params }: CanonicalRequest): PlannedMetric {
  switch (metric) {
    case 'event_count':
      return { kind: 'event_count' };
    case 'value_sum':
      return { kind: 'value_sum', value: String(params['value']) };
    case 'threshold':
      return { kind: 'threshold', n: Number(params['n']) };
    case 'survival':
      return { kind: 'survival', n: Number(params['n']), hasSunset: params['sunset'] !== null };
  }
}
