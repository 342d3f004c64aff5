import { ERROR_CODES } from '../../core/error-codes.js';
import type { Failure, FieldError } from '../../core/failure.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** More would help nobody; the count of errors is not part of the contract. */
const MAX_ERRORS = 100;

/** An RFC 9457 problem document, with our stable `code` and the places that are wrong. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly errors?: readonly FieldError[];
  readonly [extra: string]: unknown;
}

/** `type` is `urn:muster:error:<code>`, `instance` names this one answer by its request id. */
export function problemOf(failure: Failure, requestId: string): Problem {
  return {
    ...failure.extra,
    type: `urn:muster:error:${failure.code}`,
    title: ERROR_CODES[failure.code].title,
    status: failure.status,
    detail: failure.detail,
    instance: `urn:muster:request:${encodeURIComponent(requestId)}`,
    code: failure.code,
    ...(failure.errors.length > 0 && { errors: failure.errors.slice(0, MAX_ERRORS) }),
  };
}
