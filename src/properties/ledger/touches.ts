/** What a batch moved, in the terms of SEMANTICS' freshness table. Days are UTC days since 1970-01-01. */
export interface Touches {
  /** Days on which an event landed. */
  readonly eventDays: readonly number[];
  /** Days from or to which a registration moved. */
  readonly registrationDays: readonly number[];
  /** A user without a registration got one, or one was taken away. */
  readonly registrationNone: boolean;
  /** A user id was seen for the first time. */
  readonly newUsers: boolean;
  /** A trait changed. */
  readonly traits: boolean;
}

export const NOTHING_TOUCHED: Touches = {
  eventDays: [],
  registrationDays: [],
  registrationNone: false,
  newUsers: false,
  traits: false,
};
