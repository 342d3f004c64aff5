/**
 * The catalogue of warnings: what a reader of an answer should know of its numbers. Codes are stable and never reused;
 * `figures` are the fields that the warning has beside `code` and `detail`. The table of docs/reference.md is held
 * equal to it by a test.
 */
export const WARNING_CODES = {
  empty_cohort: { title: 'The cohort has no users: n is 0 and every aggregate is null', figures: [] },
  no_registrations: { title: 'Birth is by registration, and no user of the cohort has one', figures: [] },
  window_not_over: { title: 'The fixed window is not over: it was measured up to `observed_to`', figures: [] },
  not_observed_to_end: { title: 'Windows since birth of so many users are not over at as_of', figures: ['users'] },
  so_far_is_a_lower_bound: {
    title: '`so_far` is counted also of open windows, where it can still become true',
    figures: [],
  },
  degenerate_birth_event: { title: 'The event of birth is one of those counted: all reach n = 1 with it', figures: [] },
  not_numeric_skipped: {
    title: 'Events that hold something else than a number in a property that is read as a number, and were passed over',
    figures: ['property', 'events', 'users'],
  },
  unknown_event: { title: 'No event of the name has come in', figures: ['nearest'] },
  unknown_property: { title: 'None of the events has the property', figures: ['property', 'nearest'] },
  unknown_trait: { title: 'No user has been given the trait', figures: ['nearest'] },
  never_of_this_type: {
    title: 'The property or trait has never had a value of the type that is asked',
    figures: ['property'],
  },
} as const satisfies Record<string, { title: string; figures: readonly WarningFigure[] }>;

export type WarningCode = keyof typeof WARNING_CODES;
type WarningFigure = 'users' | 'events' | 'property' | 'nearest';

export interface Warning {
  readonly code: WarningCode;
  readonly detail: string;
  /** How many users it speaks of. */
  readonly users?: number;
  /** How many events it speaks of. */
  readonly events?: number;
  /** The event property that it speaks of. */
  readonly property?: string;
  /** The name that may be meant. */
  readonly nearest?: string;
}
