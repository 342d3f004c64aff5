import { columnsOf } from '../../core/metric/catalogue.js';

import { refuseTooManyValues, type AnswerLimits } from '../../core/request/answer-size.js';
import type { CanonicalRequest } from '../../core/request/canonical-request.js';
import type { SkippedEvents } from '../../core/request/numeric-reads.js';
import type { AggregatePart, RunResult } from '../../core/request/run-result.js';
import { shapeResult } from '../../core/request/shape-result.js';
import { chunkedResult, type ChunkedResult } from '../../core/request/result-chunks.js';
import { refuseTooManyGroups } from '../../core/series/breakdown.js';
import { pointCount } from '../../core/series/series-cells.js';
import { validUntil } from '../../core/request/freshness.js';
import { readAggregateAnswers, type AggregateAnswers } from '../../sql/read-aggregates.js';

/**
 * What is known of a measured run beside what the engine answers of its rows. Plain data, so that it can be given to a
 * thread.
 */
export interface Measurement {
  readonly canonical: CanonicalRequest;
  readonly asOfMs: number;
  readonly attempt: number;
  readonly queueMs: number;
  /** Of the query that measured. */
  readonly engineMs: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
  /** Which groups of a breakdown were kept: codes, largest first; null: all. */
  readonly kept: readonly string[] | null;
  readonly skipped: readonly SkippedEvents[];
  readonly limits: AnswerLimits;
}

/** What a measured run comes to. */
export interface ShapedAnswer {
  readonly stored: ChunkedResult;
  /** UTC milliseconds; null: the same data will never answer otherwise. */
  readonly validUntilMs: number | null;
  readonly bytesRead: number;
}

/**
 * The answer of a run as it is stored, from what the engine has answered: in one go, which takes about a second for a
 * million values.
 * @throws Failure limit_exceeded for more groups, values, keys or bytes than an answer may have
 */
export function shapeAnswer(measurement: Measurement, answers: AggregateAnswers): ShapedAnswer {
  const { canonical, asOfMs, attempt, kept, skipped, limits } = measurement;
  const found = readAggregateAnswers(answers, columnsOf(canonical), canonical.aggregators);
  const groups = groupCount(found.parts);
  refuseTooManyGroups(groups);
  refuseTooManyValues(canonical, pointCount(canonical), groups, limits);
  const timings: RunResult['timings'] = {
    queue_ms: measurement.queueMs,
    engine_ms: measurement.engineMs + found.stats.elapsedMs,
    rows_read: measurement.rowsRead + found.stats.rowsRead,
  };
  return {
    stored: chunkedResult(shapeResult(canonical, { ...found, kept, skipped }, { asOfMs, attempt, timings }), limits),
    validUntilMs: validUntil(canonical, asOfMs, found.facts),
    bytesRead: measurement.bytesRead + found.stats.bytesRead,
  };
}

function groupCount(parts: readonly AggregatePart[]): number {
  return new Set(parts.flatMap(({ code }) => (code === '' ? [] : [code]))).size;
}
