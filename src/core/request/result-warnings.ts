import { metric } from '../metric/catalogue.js';
import { SO_FAR, type Column } from '../metric/metric.js';
import { formatInstant } from '../time/instant.js';
import type { AggregateRow } from './run-result.js';
import type { CanonicalRequest } from './canonical-request.js';
import type { NumericPlace, SkippedEvents } from './numeric-reads.js';
import type { Warning } from '../warning-codes.js';

/** Everything a reader of the numbers should know; `observedToMs` as `observedTo` gives it. */
export function resultWarnings(
  canonical: CanonicalRequest,
  columns: readonly Column[],
  row: AggregateRow,
  observedToMs: number | null,
): readonly Warning[] {
  const warnings: Warning[] = [];
  if (row.cohort_size === 0) warnings.push(EMPTY_COHORT);
  if (lacksRegistrations(canonical, row)) warnings.push(NO_REGISTRATIONS);
  if (observedToMs !== null) warnings.push(windowNotOver(observedToMs));
  return [...warnings, ...openWindows(canonical, columns, row), ...metric(canonical.metric).warnings(canonical)];
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

/** Warnings about windows since birth that are open. How far a fixed window was observed is in `observed_to`. */
function openWindows(
  { window }: CanonicalRequest,
  columns: readonly Column[],
  { users_unfinished: users, columns: rows }: AggregateRow,
): readonly Warning[] {
  if (window?.kind !== 'since_birth' || users === 0) return [];
  const are = users === 1 ? '1 user is' : `${users} users are`;
  const open: Warning = {
    code: 'not_observed_to_end',
    detail: `The windows of users that are not over at as_of tell nothing yet: ${are} counted as \`censored\`. Take \`births\` that end earlier to leave them out.`,
    users,
  };
  const censored = (i: number): number => rows[i]?.reasons['censored'] ?? 0;
  const soFar = columns.findIndex(({ name }) => name === SO_FAR.name);
  return soFar < 0 || censored(soFar) === censored(0) ? [open] : [open, SO_FAR_IS_A_LOWER_BOUND];
}

const SO_FAR_IS_A_LOWER_BOUND: Warning = {
  code: 'so_far_is_a_lower_bound',
  detail:
    'Windows are open whose users have not reached yet what they still may: the proportion of `so_far` is a lower bound. Compare it with no rate of windows that are over.',
};

/** Of events that hold something else than a number where a number is read. */
export function notNumericSkipped({ place, property, events, users }: SkippedEvents): Warning {
  const hold = events === 1 ? '1 event holds' : `${events} events hold`;
  const of = users === 1 ? '1 user' : `${users} users`;
  const detail = `${hold} something else than a number in ${JSON.stringify(property)}, of ${of}: ${PASSING[place]} passes over ${events === 1 ? 'it' : 'them'}. Send the property as a number.`;
  return { code: 'not_numeric_skipped', detail, property, events, users };
}

const PASSING: Readonly<Record<NumericPlace, string>> = {
  metric: 'the metric',
  birth: 'the filter of the birth',
  cohort: 'the rule of the cohort',
};
