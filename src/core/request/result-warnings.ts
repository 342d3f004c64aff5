import { formatInstant } from '../time/instant.js';
import type { AggregateRow } from './aggregate-row.js';
import type { CanonicalRequest } from './canonical-request.js';
import { requestWarnings } from './request-warnings.js';
import type { Warning } from '../warning-codes.js';

/** Everything a reader of the numbers should know; `observedToMs` as `observedTo` gives it. */
export function resultWarnings(
  canonical: CanonicalRequest,
  row: AggregateRow,
  observedToMs: number | null,
): readonly Warning[] {
  const warnings: Warning[] = [];
  if (row.cohort_size === 0) warnings.push(EMPTY_COHORT);
  if (lacksRegistrations(canonical, row)) warnings.push(NO_REGISTRATIONS);
  if (observedToMs !== null) warnings.push(windowNotOver(observedToMs));
  return [...warnings, ...requestWarnings(canonical)];
}

const EMPTY_COHORT: Warning = {
  code: 'empty_cohort',
  detail: 'The cohort has no users: n is 0 and every aggregate is null.',
};

const NO_REGISTRATIONS: Warning = {
  code: 'no_registrations',
  detail:
    'Birth is by registration, and no user of the cohort has one. Send `registered_at` for them, or ask with "birth": {"kind": "first_event"}.',
};

/** Users who are not known do not count: of them nothing was sent at all. */
function lacksRegistrations(canonical: CanonicalRequest, row: AggregateRow): boolean {
  const withoutBirth = row.columns[0]?.reasons['no_birth'] ?? 0;
  return canonical.birth?.kind === 'registration' && row.users_known > 0 && withoutBirth === row.users_known;
}

function windowNotOver(observedToMs: number): Warning {
  return {
    code: 'window_not_over',
    detail: `The window is not over: it was measured up to ${formatInstant(observedToMs)}.`,
  };
}
