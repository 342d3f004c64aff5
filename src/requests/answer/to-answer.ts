import type { Failure } from '../../core/failure.js';
import { columnsOf } from '../../core/metric/catalogue.js';
import type { ChangeKind } from '../../core/request/freshness.js';
import type { Warning } from '../../core/warning-codes.js';
import type { RefreshDto } from './answer-parts.dto.js';
import type { AnswerDto } from './answer.dto.js';
import type { AnswerCohortDto, AnswerMetricDto } from './answer-parts.dto.js';
import type { ProgressDto } from '../run/progress.dto.js';
import type { RequestEntity } from '../run/request.entity.js';
import type { RequestAndRun } from '../run/run-admission.js';
import { statusOf } from './request-result.js';
import { isFinished, type RunEntity, type RunState } from '../run/run.entity.js';

/** What cannot be read from the rows of a request and its run. */
export interface AnswerContext {
  readonly cached: boolean;
  /** What has moved since the result was computed; null where there is no result. */
  readonly moved: readonly ChangeKind[] | null;
  /** How far it is; null where it has an end. */
  readonly progress?: ProgressDto | null;
  /** Warnings of requested names that have not come in. */
  readonly named?: readonly Warning[];
  /** The request that computes anew what is answered stale. */
  readonly refresh?: RefreshDto | null;
}

/** Where a request and its users' values are. */
export function requestPath(propertyId: string, requestId: string): string {
  return `/v1/properties/${propertyId}/requests/${requestId}`;
}

/** The answer to a request in any state (docs/semantics.md#answers), without the parts that stand apart (`partsOf`). */
export function toAnswer(
  requested: RequestAndRun,
  { cached, moved, named = [], progress = null, refresh = null }: AnswerContext,
): AnswerDto {
  const { request, run } = requested;
  const status = statusOf(requested);
  const result = status === 'succeeded' ? run.result : null;
  const started = status === 'queued' ? null : run.startedAt;
  const columns = result?.columns ?? columnsOf(run.canonical);
  return {
    id: request.id,
    hash: run.hash,
    status,
    request: run.canonical,
    named_metric: toMetric(request),
    cohort: toCohort(request, result?.cohort_size ?? null, result && started),
    as_of: instant(started && run.asOf) ?? run.canonical.as_of,
    data_version: started && run.dataVersion,
    semantics_version: run.canonical.semantics_version,
    columns: columns.map(({ name, type, unit }) => ({ name, type, unit: unit ?? null })),
    aggregates: result && result.aggregates,
    series: result && result.series,
    breakdown: result && result.breakdown,
    observed_to: result && result.observed_to,
    users: result && { href: `${requestPath(request.propertyId, request.id)}/users` },
    warnings: result ? [...result.warnings, ...named] : [],
    cached,
    stale: result && moved && moved.length > 0,
    moved: result && moved ? [...moved] : [],
    refresh,
    progress: isFinished(status) ? null : progress,
    computed_at: instant(result && run.finishedAt),
    valid_until: instant(result && run.validUntil),
    duration_ms: durationMs(status, run),
    timings: result && result.timings,
    error: status === 'failed' ? run.error : null,
  };
}

/**
 * A list's answer to a request whose stored form cannot be read: the JSON as it stands, and the reason. A GET of the
 * request alone is 410.
 */
export function toUnreadable(requested: RequestAndRun, { code, detail, retryable }: Failure): AnswerDto {
  const { request, run } = requested;
  return {
    ...NOTHING,
    request: run.canonical,
    semantics_version: Number(run.canonical?.semantics_version ?? 0),
    id: request.id,
    hash: run.hash,
    status: statusOf(requested),
    data_version: run.dataVersion,
    as_of: instant(run.asOf),
    computed_at: instant(run.finishedAt),
    duration_ms: durationMs(statusOf(requested), run),
    error: { code, detail, retryable },
  };
}

const NOTHING = {
  named_metric: null,
  cohort: { id: null, version: null, hash: null, size: null, evaluated_at: null },
  columns: [],
  aggregates: null,
  series: null,
  breakdown: null,
  observed_to: null,
  users: null,
  warnings: [],
  cached: false,
  stale: null,
  moved: [],
  refresh: null,
  progress: null,
  valid_until: null,
  timings: null,
};

/** The named metric of the request; null: a built-in. */
export function toMetric({
  propertyId,
  namedMetric,
}: Pick<RequestEntity, 'propertyId' | 'namedMetric'>): AnswerMetricDto | null {
  if (namedMetric === null) return null;
  const { id, name, version } = namedMetric;
  return { id, name, version, href: `/v1/properties/${propertyId}/metrics/${id}/versions/${version}` };
}

function toCohort({ cohort }: RequestEntity, size: number | null, evaluatedAt: Date | null): AnswerCohortDto {
  return { id: cohort.id, version: cohort.version, hash: cohort.hash, size, evaluated_at: instant(evaluatedAt) };
}

function durationMs(status: RunState, { startedAt, finishedAt }: RunEntity): number | null {
  if (!isFinished(status) || startedAt === null || finishedAt === null) return null;
  return finishedAt.getTime() - startedAt.getTime();
}

function instant(date: Date | null): string | null {
  return date && date.toISOString();
}
