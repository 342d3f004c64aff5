import {
  identityKey,
  joined,
  type EventIdentity,
  type KnownUser,
  type UserSpan,
} from '../../stores/clickhouse/known-users.js';
import type { JournalMemory } from './journal-memory.js';

/** A batch all of whose events are new. */
export interface Judgement {
  /** A user becomes known by an event of it, or from an earlier time than before. */
  readonly newUsers: boolean;
  /** What was known of its users before. */
  readonly spans: ReadonlyMap<string, UserSpan | undefined>;
}

/** Looks into the engine for users, and for their events at some instants. */
export type Look = (users: readonly string[], instants: readonly number[]) => Promise<ReadonlyMap<string, KnownUser>>;

/** What was known of the users of a group before it. */
interface Known {
  readonly span: UserSpan | undefined;
  readonly seen: ReadonlySet<string>;
}

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Which of the batches, given by the identities of their events, are all new. Null: one of its events may be a
 * duplicate, also of another in the group, or too much is in it. An event after the last one of its user is new without
 * a look; the users of all others are looked for at once.
 */
export async function judged(
  batches: readonly (readonly EventIdentity[] | null)[],
  memory: Pick<JournalMemory, 'hasPending' | 'span' | 'pendingSpan'>,
  look: Look,
): Promise<(Judgement | null)[]> {
  const isDoubtful = doubtful(batches, memory);
  const events = batches.flatMap((batch, place) => (batch === null || isDoubtful[place] ? [] : batch));
  const known = await knownUsers(events, memory, look);
  return batches.map((batch, place) => {
    if (batch === null || isDoubtful[place]) return null;
    if (batch.some((event) => known.get(event.user)?.seen.has(identityKey(event)))) return null;
    const newUsers = batch.some(({ user, timeMs }) => timeMs < (known.get(user)?.span?.firstMs ?? Infinity));
    return { newUsers, spans: new Map(batch.map(({ user }) => [user, known.get(user)?.span])) };
  });
}

/** Batches that have an event in common with the journal, with themselves, or with one before them in the group. */
function doubtful(
  batches: readonly (readonly EventIdentity[] | null)[],
  memory: Pick<JournalMemory, 'hasPending'>,
): boolean[] {
  const keys = new Set<string>();
  return batches.map((batch) => {
    let isDoubtful = false;
    for (const event of batch ?? []) {
      const key = `${event.user.length} ${event.user}${identityKey(event)}`;
      if (keys.has(key) || memory.hasPending(event)) isDoubtful = true;
      keys.add(key);
    }
    return isDoubtful;
  });
}

async function knownUsers(
  events: readonly EventIdentity[],
  memory: Pick<JournalMemory, 'span' | 'pendingSpan'>,
  look: Look,
): Promise<ReadonlyMap<string, Known>> {
  const known = new Map<string, Known>();
  const unknown = new Set<string>();
  for (const { user, timeMs } of events) {
    const span = memory.span(user);
    if (span === undefined || timeMs <= span.lastMs) unknown.add(user);
    else known.set(user, { span, seen: NOTHING });
  }
  if (unknown.size === 0) return known;
  // What leaves the journal while the engine is looked into may be in neither: it is read before.
  const pending = new Map([...unknown].map((user) => [user, memory.pendingSpan(user)]));
  const instants = new Set(events.filter(({ user }) => unknown.has(user)).map(({ timeMs }) => timeMs));
  const found = await look([...unknown], [...instants]);
  for (const [user, span] of pending) {
    const { span: stored, seen = NOTHING } = found.get(user) ?? {};
    known.set(user, { span: joined(span, stored), seen });
  }
  return known;
}
