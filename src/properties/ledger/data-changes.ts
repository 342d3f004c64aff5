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

/** $1 to $7 of the statements that note touches. */
export function changeParameters(propertyId: string, seq: number, touches: DataChanges): unknown[] {
  const touched = [
    ...changedDays('event', touches.eventDays),
    ...changedDays('registration', touches.registrationDays),
  ];
  const kinds = touched.map(({ kind }) => kind);
  const days = touched.map(({ day }) => day);
  return [propertyId, seq, kinds, days, touches.newUsers, touches.registrationNone, touches.traits];
}

function changedDays(kind: 'event' | 'registration', days: readonly number[]): { kind: string; day: number }[] {
  return [...new Set(days)].toSorted((a, b) => a - b).map((day) => ({ kind, day }));
}
