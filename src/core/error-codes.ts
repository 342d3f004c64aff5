/**
 * The catalogue of error codes. Codes are stable and never reused. `status` is the HTTP status of a problem response;
 * `retryable` tells whether the same call can succeed later without a change. README's table is held equal to it by a test.
 */
export const ERROR_CODES = {
  malformed_body: { status: 400, title: 'The body could not be read', retryable: false },
  invalid_encoding: { status: 400, title: 'The body is not valid UTF-8', retryable: false },
  body_too_complex: { status: 400, title: 'The body is nested too deeply or has too many keys', retryable: false },
  invalid_parameter: { status: 400, title: 'A query parameter or header is not valid', retryable: false },
  unauthenticated: { status: 401, title: 'A valid API key is needed', retryable: false },
  forbidden: { status: 403, title: 'The API key does not allow this', retryable: false },
  not_found: { status: 404, title: 'There is no such resource', retryable: false },
  method_not_allowed: { status: 405, title: 'The resource does not have this method', retryable: false },
  not_acceptable: { status: 406, title: 'None of the asked media types can be produced', retryable: false },
  conflict: { status: 409, title: 'The name or slug is taken', retryable: false },
  not_finished: { status: 409, title: 'The request has no result', retryable: true },
  result_gone: { status: 410, title: 'The result is not there any more', retryable: false },
  precondition_failed: { status: 412, title: 'The resource has changed since it was read', retryable: false },
  body_too_large: { status: 413, title: 'The body is larger than the limit', retryable: false },
  unsupported_media_type: { status: 415, title: 'The media type of the body is not supported', retryable: false },
  invalid_field: { status: 422, title: 'A field is not valid', retryable: false },
  unknown_field: { status: 422, title: 'A field is not known', retryable: false },
  unknown_metric: { status: 422, title: 'There is no such metric', retryable: false },
  unknown_cohort: { status: 422, title: 'There is no such cohort', retryable: false },
  invalid_window: { status: 422, title: 'The window is not valid', retryable: false },
  invalid_time: { status: 422, title: 'An instant, date or duration is not valid', retryable: false },
  invalid_filter: { status: 422, title: 'A filter is not valid', retryable: false },
  aggregator_not_applicable: { status: 422, title: 'An aggregator fits no column of the metric', retryable: false },
  strict_batch_rejected: { status: 422, title: 'A strict batch holds items that are not valid', retryable: false },
  limit_exceeded: { status: 422, title: 'A limit was exceeded', retryable: false },
  time_limit_exceeded: { status: 422, title: 'The query took longer than its time limit', retryable: false },
  memory_limit_exceeded: { status: 422, title: 'The query needed more memory than its limit', retryable: true },
  engine_unavailable: { status: 503, title: 'The analytics engine cannot be reached', retryable: true },
  database_unavailable: { status: 503, title: 'The database cannot be reached', retryable: true },
  not_ready: { status: 503, title: 'The service is not ready', retryable: true },
  shutting_down: { status: 503, title: 'The service is shutting down', retryable: true },
  attempts_exhausted: { status: 500, title: 'The run was given up after its last attempt', retryable: true },
  internal_error: { status: 500, title: 'Something went wrong on our side', retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;
