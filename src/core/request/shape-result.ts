import { STORED_FORMS } from '../stored/stored-form.js';
import { columnsOf } from '../metric/columns-of.js';
import { formatInstant } from '../time/instant.js';
import type { AggregatePart, AggregateRow } from './aggregate-row.js';
import type { CanonicalRequest } from './canonical-request.js';
import type { SkippedEvents } from './numeric-reads.js';
import { notNumericSkipped, resultWarnings } from './result-warnings.js';
import { observedTo } from './observed-to.js';
import type { RunResult } from './run-result.js';
import { shapeColumns } from './shape-aggregates.js';
import { shapeParts } from './shape-parts.js';

/** What the run itself adds. */
export interface RunFacts {
  readonly asOfMs: number;
  readonly attempt: number;
  readonly timings: RunResult['timings'];
}

/** What the engine found: over everybody and the whole window, and in slices, ages and groups beside it. */
export interface FoundAggregates {
  readonly row: AggregateRow;
  readonly parts: readonly AggregatePart[];
  /** Codes of the largest groups, largest first; null or not given where all groups are kept. */
  readonly kept?: readonly string[] | null;
  /** Events that were passed over; not given: none. */
  readonly skipped?: readonly SkippedEvents[];
}

/** The stored answer of a run from its aggregates. */
export function shapeResult(canonical: CanonicalRequest, found: FoundAggregates, facts: RunFacts): RunResult {
  const { row, skipped = [] } = found;
  const columns = columnsOf(canonical);
  const observedToMs = observedTo(canonical, facts.asOfMs);
  return {
    form: STORED_FORMS.result,
    columns,
    aggregates: shapeColumns(columns, canonical.aggregators, row.columns, row.cohort_size),
    ...shapeParts(canonical, columns, found, facts.asOfMs),
    cohort_size: row.cohort_size,
    observed_to: observedToMs === null ? null : formatInstant(observedToMs),
    warnings: [...resultWarnings(canonical, columns, row, observedToMs), ...skipped.map(notNumericSkipped)],
    attempt: facts.attempt,
    timings: facts.timings,
  };
}
