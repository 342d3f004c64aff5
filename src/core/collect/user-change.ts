import { createHash } from 'node:crypto';
import { isGiven, isObject } from '../json-shape.js';
import { formatInstant } from '../time/instant.js';
import type { SentEvent } from './sent-event.js';

/** What an event says of its user. */
export interface UserChange {
  readonly user: string;
  /** The time of the event, UTC milliseconds. */
  readonly atMs: number;
  /** Tells the event from others of the same time. */
  readonly mark: string;
  /** As POST users takes it; absent: nothing is said of it. */
  readonly registeredAt?: unknown;
  /** By name, null for one that goes; what is no object is left for the reader of users. */
  readonly traits?: unknown;
}

/**
 * What `$signup`, `$login` and `$update` say of their user. A `registered_at` stays as it was sent: it comes from what a
 * site has stored, and not from the clock of the sender. `allowed`: the names of traits that are taken; null: any.
 */
export function userChange(
  { item, name, user, atMs }: SentEvent & { readonly user: string },
  allowed: ReadonlySet<string> | null,
): UserChange {
  const { traits, registered_at: registeredAt, id } = item;
  const said = isGiven(registeredAt) ? registeredAt : timeOf(item['time'], atMs);
  return {
    user,
    atMs,
    mark: markOf([name, isGiven(id) ? id : [registeredAt, traits]]),
    ...((isGiven(registeredAt) || name === '$signup') && { registeredAt: said }),
    ...(isGiven(traits) && { traits: allowed === null ? traits : allowedTraits(traits, allowed) }),
  };
}

/** The upsert of a user as POST users takes it, as JSON. */
export function upsertOf({ user, registeredAt, traits }: Pick<UserChange, 'user' | 'registeredAt' | 'traits'>): string {
  return JSON.stringify({ user, registered_at: registeredAt, traits });
}

function allowedTraits(traits: unknown, allowed: ReadonlySet<string>): unknown {
  if (!isObject(traits)) return traits;
  return Object.fromEntries(Object.entries(traits).filter(([name]) => allowed.has(name)));
}

function markOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16);
}

function timeOf(sent: unknown, ms: number): unknown {
  return Number.isNaN(ms) ? sent : formatInstant(ms);
}
