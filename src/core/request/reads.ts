/** Inclusive range of UTC days since 1970-01-01; null is open. */
export interface DayRange {
  readonly fromDay: number | null;
  readonly toDay: number | null;
}

/**
 * What a result reads, in the terms of docs/semantics.md#freshness: it is stale as soon as one of these has moved since its data version.
 * Null or false: not read at all.
 */
export interface Reads {
  /** Days on which a landing event can change the answer. */
  readonly eventDays: DayRange | null;
  /** Registrations (old or new instant) that can change the answer; "none" counts as inside. */
  readonly registrationDays: DayRange | null;
  /**
   * A user id seen for the first time can change the answer. The first upsert of an id counts as well, though events named it before: where these lie at or after
   * as_of, it is the upsert that makes the user known.
   */
  readonly newUsers: boolean;
  /** A trait of any user can change the answer. */
  readonly traits: boolean;
}

/**
 * What makes a stored answer stale: data that it reads, and beside these `batches` where some of them were taken back; `time`, where the same data would answer otherwise
 * by now; or `semantics`, where the program would.
 */
export const CHANGE_KINDS = ['events', 'registrations', 'users', 'traits', 'batches', 'time', 'semantics'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];
