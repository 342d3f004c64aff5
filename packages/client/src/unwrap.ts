import { MusterError } from './muster-error.js';

/** The body of a successful response; throws MusterError for any other. */
export function unwrap<T>(result: { data?: T; error?: unknown; response: Response }): T {
  if (result.data === undefined) throw MusterError.fromResponse(result.response, result.error);
  return result.data;
}
