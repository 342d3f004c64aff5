/** What a batch moved, in the terms of docs/semantics.md#freshness. May say more than is true, never less. */
export interface DataChanges {
  /** UTC days, since 1970-01-01, on which an event landed. */
  readonly eventDays: readonly number[];
  /** UTC days of registrations that came, changed or went: old and new. */
  readonly registrationDays: readonly number[];
  /** A registration came to a user without one, or went. */
  readonly registrationNone: boolean;
  /** A user id was seen for the first time, or from an earlier time than before. */
  readonly newUsers: boolean;
  readonly traits: boolean;
}

export const NO_DATA_CHANGES: DataChanges = {
  eventDays: [],
  registrationDays: [],
  registrationNone: false,
  newUsers: false,
  traits: false,
};
