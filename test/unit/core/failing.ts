import { Failure } from '../../../src/core/failure.js';

/** What a call is refused with; a call that succeeds, or fails otherwise, fails the test. */
export function refusal(call: () => unknown): {
  code: string;
  pointers: (string | undefined)[];
  detail: string;
  status: number;
} {
  try {
    call();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return {
      code: error.code,
      pointers: error.errors.map((e) => e.pointer),
      detail: error.detail,
      status: error.status,
    };
  }
  throw new Error('It was not refused');
}
