import type { ErrorCode } from '../../core/error-codes.js';
import type { Failure } from '../../core/failure.js';

/** A database that restarts is back in a moment, and so is memory that other queries hold. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['engine_memory_exhausted', 'database_unavailable']);

/** Whether a run that failed so is tried again before its failure is told; for an engine that is away it waits instead. */
export function isRetryable({ code }: Failure): boolean {
  return PASSING.has(code);
}
