import type { KnownUserRow } from '../../sql/ingest/known-users.js';

/** What tells an event apart, but for the properties of one without an id (empty). */
export interface EventIdentity {
  readonly user: string;
  readonly timeMs: number;
  readonly name: string;
  readonly id: string;
}

/** First and last instant of a user's events, UTC milliseconds. */
export interface UserSpan {
  /** -Infinity: known by an upsert. */
  readonly firstMs: number;
  /** -Infinity: the user has no event. */
  readonly lastMs: number;
}

export interface KnownUser {
  readonly span: UserSpan;
  /** Keys of its events at the instants that were asked. */
  readonly seen: ReadonlySet<string>;
}

/** Equal for two events of one user that may be the same. */
export function identityKey({ timeMs, name, id }: Omit<EventIdentity, 'user'>): string {
  return `${timeMs} ${name.length} ${name}${id}`;
}

/** The smallest span that holds both. */
export function joined(one: UserSpan | undefined, other: UserSpan | undefined): UserSpan | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return { firstMs: Math.min(one.firstMs, other.firstMs), lastMs: Math.max(one.lastMs, other.lastMs) };
}

export function knownUsersOf(rows: readonly KnownUserRow[]): Map<string, KnownUser> {
  const users = new Map<string, KnownUser>();
  for (const { user_id: user, first_ms: first, last_ms: last, seen } of rows) {
    const before = users.get(user);
    const ofRow = first < 0 ? { firstMs: -Infinity, lastMs: -Infinity } : { firstMs: first, lastMs: last };
    const keys = seen.map(([timeMs, name, id]) => identityKey({ timeMs, name, id }));
    users.set(user, { span: joined(before?.span, ofRow) ?? ofRow, seen: new Set([...(before?.seen ?? []), ...keys]) });
  }
  return users;
}
