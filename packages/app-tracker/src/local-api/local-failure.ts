/** Codes of problems with their statuses and titles, as Muster's own API has them. */
const CODES = {
  malformed_request: [400, 'The request could not be read'],
  malformed_body: [400, 'The body could not be read'],
  invalid_parameter: [400, 'A query parameter or header is not valid'],
  unauthenticated: [401, 'The token is needed'],
  forbidden: [403, 'Pages of browsers may not call'],
  not_found: [404, 'There is no such resource'],
  method_not_allowed: [405, 'The resource does not have this method'],
  conflict: [409, 'The name is taken'],
  precondition_failed: [412, 'The trackable has changed since it was read'],
  body_too_large: [413, 'The body is larger than the limit'],
  unsupported_media_type: [415, 'The body is not application/json'],
  misdirected_request: [421, 'The Host is neither localhost nor an address'],
  invalid_field: [422, 'A field is not valid'],
  unknown_field: [422, 'A field is not known'],
  limit_exceeded: [422, 'A limit was exceeded'],
  internal_error: [500, 'Something has gone wrong'],
  not_safe: [500, 'The change is made, but the disk does not keep it yet'],
  closed: [503, 'The tracker is being closed'],
  folder_taken: [503, 'Another process has taken the folder'],
  not_written: [507, 'The change cannot be written, and is not made'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

type LocalCode = keyof typeof CODES;

/** What is wrong: a JSON pointer into the body, or a query parameter or header. */
export interface FieldError {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly detail: string;
}

/** A call that is refused, or that cannot be done; it is answered as a problem document. */
export class LocalFailure extends Error {
  override readonly name: string = 'LocalFailure';

  constructor(
    readonly code: LocalCode,
    readonly detail: string,
    readonly errors: readonly FieldError[] = [],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }

  get status(): number {
    return CODES[this.code][0];
  }

  /** By RFC 9457, with the places that are wrong. */
  problem(): object {
    const { code, status, detail, errors } = this;
    const problem = { type: `urn:muster:error:${code}`, title: CODES[code][1], status, detail, code };
    return errors.length === 0 ? problem : { ...problem, errors };
  }
}

/** The code of a problem of the tracker that a call may meet; undefined: it is none of them. */
export function localCodeOf(code: string): LocalCode | undefined {
  return code === 'closed' || code === 'folder_taken' || code === 'not_written' || code === 'not_safe'
    ? code
    : undefined;
}

export function invalidField(field: string, detail: string): LocalFailure {
  return new LocalFailure('invalid_field', `"${field}": ${detail}`, [{ pointer: `/${field}`, detail }]);
}

export function invalidParameter(parameter: string, detail: string): LocalFailure {
  return new LocalFailure('invalid_parameter', `${parameter}: ${detail}`, [{ parameter, detail }]);
}
