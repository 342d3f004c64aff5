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

/** What batch `seq` moved. */
export interface Moved {
  readonly seq: number;
  readonly touches: DataChanges;
}

/** $3 to $8 of the statements that note touches. */
export function changeParameters(moved: readonly Moved[]): unknown[] {
  const days = new Map<string, { kind: string; day: number; seq: number }>();
  for (const { seq, touches } of moved) {
    for (const day of touches.eventDays) lastOf(days, { kind: 'event', day, seq });
    for (const day of touches.registrationDays) lastOf(days, { kind: 'registration', day, seq });
  }
  const sorted = [...days.values()].toSorted((a, b) => (a.kind === b.kind ? a.day - b.day : a.kind < b.kind ? -1 : 1));
  const lastSeq = (kind: 'newUsers' | 'registrationNone' | 'traits'): number =>
    moved.reduce((last, { seq, touches }) => (touches[kind] ? Math.max(last, seq) : last), 0);
  return [
    sorted.map(({ kind }) => kind),
    sorted.map(({ day }) => day),
    sorted.map(({ seq }) => seq),
    lastSeq('newUsers'),
    lastSeq('registrationNone'),
    lastSeq('traits'),
  ];
}

function lastOf(
  days: Map<string, { kind: string; day: number; seq: number }>,
  one: { readonly kind: string; readonly day: number; readonly seq: number },
): void {
  const key = `${one.kind} ${one.day}`;
  const known = days.get(key);
  if (known === undefined || known.seq < one.seq) days.set(key, one);
}
