import { Failure } from '../../core/failure.js';
import type { RunResult } from '../../core/request/run-result.js';
import { seriesPoints } from '../../core/series/series-cells.js';
import type { StoredResult } from '../../results/user-values.service.js';
import type { RequestAndRun } from '../run/run-admission.js';
import type { StoredParts } from '../run/answer-chunks.js';
import type { RunEntity, RunState } from '../run/run.entity.js';

/** The state of one caller's request: a request that was given up is cancelled, whatever its run does for others. */
export function statusOf({ request, run }: RequestAndRun): RunState {
  return request.detachedAt === null ? run.state : 'cancelled';
}

/** The failure of reading a result that was removed, as nobody had read it for as long as results are stored. */
export function resultGone({ hash, goneAt }: Pick<RunEntity, 'hash' | 'goneAt'>): Failure {
  const detail =
    'Nobody has read the result for as long as results are kept (MUSTER_RESULT_KEEP_DAYS), so it was removed: POST the request again.';
  return new Failure('result_gone', detail, [], { hash, gone_at: goneAt?.toISOString() });
}

/** @throws Failure not_finished, no_result */
export function finishedResult(requested: RequestAndRun): RunResult {
  const status = statusOf(requested);
  const { result } = requested.run;
  if (status === 'succeeded' && result !== null) return result;
  if (status === 'queued' || status === 'running')
    throw new Failure(
      'not_finished',
      `The request is ${status}, and has no values yet. Wait until it has succeeded: GET it with ?wait=60.`,
    );
  throw new Failure(
    'no_result',
    `The request was ${status === 'cancelled' ? 'cancelled' : 'not answered: it failed'}, and has no values. POST it again.`,
  );
}

/** Where the per-user values of a request are. @throws Failure not_finished, no_result */
export function storedUsers(requested: RequestAndRun): StoredResult {
  const { attempt, columns, cohort_size: size } = finishedResult(requested);
  const { id, canonical } = requested.run;
  const series = canonical.series && { by: canonical.series.by, points: seriesPoints(canonical) };
  return { target: { runId: id, attempt }, columns, series, size };
}

/**
 * Where the parts of a large result are, which is stored beside the row of its run; null: there is no result, or the
 * row holds all of it.
 */
export function partsOf(requested: RequestAndRun): StoredParts | null {
  const { id, attempt, resultChunks } = requested.run;
  if (statusOf(requested) !== 'succeeded' || resultChunks === null) return null;
  return { target: { runId: id, attempt }, sizes: resultChunks };
}
