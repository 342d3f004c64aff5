import { Failure } from '../core/failure.js';

/** @throws Failure not_found */
export function existing<T>(found: T | null | undefined): T {
  if (found === null || found === undefined) {
    throw new Failure('not_found', 'There is no such cohort in this property.');
  }
  return found;
}
