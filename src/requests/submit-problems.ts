import type { ErrorCode } from '../core/error-codes.js';

/** With what a body that is not a valid request is refused, wherever one is taken. */
export const SUBMIT_PROBLEMS = [
  'invalid_field',
  'unknown_field',
  'unknown_metric',
  'unknown_cohort',
  'invalid_window',
  'invalid_time',
  'invalid_filter',
  'aggregator_not_applicable',
  'limit_exceeded',
] as const satisfies readonly ErrorCode[];
