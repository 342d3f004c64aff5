import { Failure, invalidParameter } from '../core/failure.js';
import { parseInstant } from '../core/time/instant.js';
import type { ListRequestsQuery } from './request-queries.dto.js';
import type { RequestFilter } from './request-store.js';

/**
 * The filter that a query means; `apiKeyId` is the caller's own.
 * @throws Failure invalid_parameter for a time that is none
 */
export function filterOf(query: ListRequestsQuery, timeZone: string, apiKeyId: string): RequestFilter {
  const { cohort, metric, status, text, caller, created_from: from, created_to: to } = query;
  return {
    cohort,
    metric,
    status,
    text,
    apiKeyId: caller === 'me' ? apiKeyId : caller,
    createdFrom: instantOf('created_from', from, timeZone),
    createdTo: instantOf('created_to', to, timeZone),
  };
}

function instantOf(parameter: string, value: string | undefined, timeZone: string): Date | undefined {
  if (value === undefined) return undefined;
  try {
    return new Date(parseInstant(value, timeZone, ''));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw invalidParameter(parameter, error.detail);
  }
}
