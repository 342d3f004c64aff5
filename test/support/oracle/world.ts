import type { PropertyValue } from '../../../src/core/event/filter.js';

/** An event as it was sent in a batch. Its identity is user, name, time, client id and content hash together. */
export interface SentEvent {
  readonly user: string;
  readonly name: string;
  readonly timeMs: number;
  readonly clientId: string;
  /** Stands for the client id where there is none. */
  readonly contentHash: number;
  readonly properties: Readonly<Record<string, PropertyValue>>;
  readonly seq: number;
  readonly position: number;
}

/** An upsert of a user. `registeredMs` undefined: not mentioned; null: removed. Traits that are not mentioned stay. */
export interface UserChange {
  readonly user: string;
  readonly registeredMs?: number | null;
  /** By name; null: removed. */
  readonly traits?: Readonly<Record<string, PropertyValue | null>>;
  readonly seq: number;
  readonly position: number;
}

/** Everything that one property was ever sent. */
export interface World {
  readonly events: readonly SentEvent[];
  readonly changes: readonly UserChange[];
  /** Of the one static cohort; a user may be listed twice. */
  readonly members: readonly string[];
}
