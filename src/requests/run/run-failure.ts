import type { ErrorCode } from '../../core/error-codes.js';
import type { Failure } from '../../core/failure.js';
import { ENGINE_MEMORY } from '../../stores/clickhouse/engine-failure.js';

/** A store that restarts is back in a moment. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['engine_unavailable', 'database_unavailable']);

/** Whether a run that failed so is tried again before its failure is told. Memory that others hold may be free then; what is too much for one query always is. */
export function worthAnotherAttempt({ code, extra }: Failure): boolean {
  return PASSING.has(code) || (code === 'memory_limit_exceeded' && extra['limit'] === ENGINE_MEMORY);
}
