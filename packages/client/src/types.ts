import type { components } from './schema.js';

type Schemas = components['schemas'];

export type Property = Schemas['Property'];
export type CreateProperty = Schemas['CreateProperty'];
export type Cohort = Schemas['Cohort'];
export type CohortBody = Schemas['CohortBody'];
export type Answer = Schemas['Answer'];
export type Canonical = Schemas['Canonical'];
export type UserRow = Schemas['UserRow'];
export type IngestVerdict = Schemas['IngestAnswer'];
export type UsageBatch = Schemas['UsageBatch'];
export type UsageVerdict = Schemas['UsageVerdict'];
export type UsagePeriod = Schemas['UsagePeriod'];
export type User = Schemas['User'];
export type ActiveUsers = Schemas['ActiveUsers'];
export type ActiveUsersHistory = Schemas['ActiveUsersHistory'];

/** The body of POST /requests; what each metric takes is told by GET /v1/metrics. */
export type Ask = Readonly<Record<string, unknown>>;

/** An event; delivered at least once, counted once by user, event, time and id. */
export interface MusterEvent {
  readonly id?: string;
  readonly user: string;
  readonly event: string;
  /** RFC 3339. */
  readonly time: string;
  readonly properties?: Readonly<Record<string, string | number | boolean | null>>;
}

/** What is given of a user: an absent key changes nothing, null removes. */
export interface UserUpsert {
  readonly user: string;
  /** RFC 3339. */
  readonly registered_at?: string | null;
  readonly traits?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Which periods of counters, and what of them. */
export interface UsageQuery {
  readonly interval?: 'base' | 'day' | 'month' | 'year';
  /** RFC 3339, or a date in the time zone of the property. */
  readonly from?: string;
  readonly to?: string;
  readonly category?: string;
  /** Smaller counts are hidden. */
  readonly minimum?: number;
}
