import { ERROR_CODES, type ErrorCode } from './error-codes.js';

/**
 * One thing that is wrong with the input: where (an RFC 6901 JSON Pointer into the body, or a query parameter) and what
 * would be right.
 */
export interface FieldError {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly detail: string;
}

/**
 * An expected failure with a stable code. The HTTP edge turns it into an RFC 9457 problem document; the status comes
 * from the catalogue, so that the domain never speaks HTTP. `extra` members are added to the problem as they stand.
 */
export class Failure extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly detail: string = ERROR_CODES[code].title,
    readonly errors: readonly FieldError[] = [],
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
    this.name = 'Failure';
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

/** A 422 that names one place in the body. `pointer` is an RFC 6901 JSON Pointer. */
export function invalid(code: ErrorCode, pointer: string, detail: string): Failure {
  return new Failure(code, detail, [{ pointer, detail }]);
}

/** A 400 that names one query parameter. */
export function invalidParameter(parameter: string, detail: string): Failure {
  return new Failure('invalid_parameter', detail, [{ parameter, detail }]);
}

/** Appends reference tokens to a JSON Pointer, escaped by RFC 6901. */
export function pointerTo(base: string, ...tokens: (string | number)[]): string {
  return tokens.reduce<string>((p, t) => `${p}/${String(t).replaceAll('~', '~0').replaceAll('/', '~1')}`, base);
}
