import type { ErrorCode } from '../../core/error-codes.js';
import type { Failure } from '../../core/failure.js';

/** What may be over in a moment: a store that restarts, memory that others hold. Everything else would only fail again. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'engine_unavailable',
  'database_unavailable',
  'memory_limit_exceeded',
]);

/** Whether a run that failed so is tried again before its failure is told. */
export function worthAnotherAttempt(failure: Failure): boolean {
  return PASSING.has(failure.code);
}
