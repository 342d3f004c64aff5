/** One thing that is wrong with the input, as the service names it. */
export interface FieldError {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly detail: string;
}

/** The parts of an RFC 9457 problem document that Muster always sends. */
interface Problem {
  readonly status?: number;
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
}

/** The service refused a call. `code` is stable (README, *Errors*); `errors` name the places in the body. */
export class MusterError extends Error {
  override readonly name: string = 'MusterError';

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: readonly FieldError[] = [],
    /** The whole problem document: some codes have members of their own. */
    readonly problem: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${status} ${code}: ${detail}`);
  }

  /** From a non-2xx response; also where a proxy answered something that is not a problem document. */
  static fromResponse(response: Response, body: unknown): MusterError {
    const problem: Problem = typeof body === 'object' && body !== null ? body : {};
    const detail = problem.detail ?? problem.title ?? response.statusText;
    return new MusterError(response.status, problem.code ?? 'unexpected_response', detail, problem.errors ?? [], {
      ...problem,
    });
  }
}

/** The body of a successful response; throws MusterError for any other. */
export function unwrap<T>(result: { data?: T; error?: unknown; response: Response }): T {
  if (result.data === undefined) throw MusterError.fromResponse(result.response, result.error);
  return result.data;
}

/** The run of a request ended without a result: it failed or was cancelled. */
export class RunFailed extends Error {
  override readonly name: string = 'RunFailed';

  constructor(
    readonly requestId: string,
    readonly code: string,
    readonly detail: string,
    readonly retryable: boolean,
  ) {
    super(`${requestId} ${code}: ${detail}`);
  }
}
