import { Failure } from '../core/failure.js';

/** @throws Failure not_found */
export function requireFound<T>(found: T | null | undefined, detail = 'There is no such cohort in this property.'): T {
  if (found === null || found === undefined) {
    throw new Failure('not_found', detail);
  }
  return found;
}
