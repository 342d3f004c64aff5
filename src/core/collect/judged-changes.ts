import { isObject } from '../json-shape.js';
import { upsertOf, type UserChange } from './user-change.js';

/** The last event by which a trait was changed through the door. */
export interface LastChange {
  readonly atMs: number;
  readonly mark: string;
}

/** What is known of the users before a body changes them. */
export interface UserStandings {
  isRegistered(user: string): boolean;
  /** Whether the value that a trait has was set by anything else than a public key. */
  isKept(user: string, trait: string): boolean;
  lastChange(user: string, trait: string): LastChange | undefined;
}

/** A trait that is changed, and by which event. */
export interface ChangedTrait extends LastChange {
  readonly user: string;
  readonly trait: string;
}

export interface JudgedChanges {
  /** One for each user of whom something changes, as POST users takes them. */
  readonly upserts: readonly string[];
  readonly changed: readonly ChangedTrait[];
}

/**
 * What of the changes of a body is done by a key that anybody may have read. A registration, where there is none. A trait,
 * where nobody but public keys has set it, by the latest event; never by one that has been done, or that is older than the
 * last one. `nowMs`: no event counts as later, so that one from the future holds none back.
 */
export function judgedChanges(changes: readonly UserChange[], standings: UserStandings, nowMs: number): JudgedChanges {
  const upserts: string[] = [];
  const changed: ChangedTrait[] = [];
  for (const [user, own] of byUser(changes.toSorted((a, b) => a.atMs - b.atMs))) {
    const registering = standings.isRegistered(user) ? undefined : own.find((change) => 'registeredAt' in change);
    const latest = latestOf(own, nowMs).filter(
      ([trait, { last }]) => !standings.isKept(user, trait) && isLater(last, standings.lastChange(user, trait)),
    );
    if (registering === undefined && latest.length === 0) continue;
    const traits = Object.fromEntries(latest.map(([trait, { value }]) => [trait, value]));
    upserts.push(upsertOf({ user, registeredAt: registering?.registeredAt, traits }));
    changed.push(...latest.map(([trait, { last }]) => ({ user, trait, ...last })));
  }
  return { upserts, changed };
}

/** In the order in which they come, by user. */
function byUser(changes: readonly UserChange[]): ReadonlyMap<string, readonly UserChange[]> {
  const users = new Map<string, UserChange[]>();
  for (const change of changes) {
    const own = users.get(change.user);
    if (own === undefined) users.set(change.user, [change]);
    else own.push(change);
  }
  return users;
}

/** By name of the trait; of events of one time the last one of the body. */
function latestOf(
  changes: readonly UserChange[],
  nowMs: number,
): readonly (readonly [string, { readonly value: unknown; readonly last: LastChange }])[] {
  const latest = new Map<string, { readonly value: unknown; readonly last: LastChange }>();
  for (const { atMs, mark, traits } of changes) {
    const last = { atMs: Math.min(atMs, nowMs), mark };
    for (const [trait, value] of isObject(traits) ? Object.entries(traits) : []) latest.set(trait, { value, last });
  }
  return [...latest];
}

function isLater(own: LastChange, last: LastChange | undefined): boolean {
  if (last === undefined || own.atMs > last.atMs) return true;
  return own.atMs === last.atMs && own.mark !== last.mark;
}
