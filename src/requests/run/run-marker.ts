import type { RunTarget } from '../../core/request/run-plan.js';

/** By which the queries of an attempt are found in the engine. */
export function markerOf({ runId, attempt }: RunTarget): string {
  return `run:${runId}:${attempt}`;
}
