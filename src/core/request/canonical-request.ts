import { canonicalize } from 'json-canonicalize';
import { createHash } from 'node:crypto';
import type { CanonicalCohort } from '../cohort/definition.js';
import type { EventSelector, Filter, TraitFilter } from '../event/filter.js';
import { plainJson, type JsonValue } from '../json.js';
import type { CanonicalBreakdown } from '../series/breakdown.js';
import type { Aggregator } from '../statistics/aggregators.js';
import type { WeekDay } from '../time/week-day.js';

/** Part of every request hash. Changes with the meaning of any number (docs/semantics.md). */
export const SEMANTICS_VERSION = 2;

/** Births that count, half-open; null is open. Instants are RFC 3339 in UTC with milliseconds. */
export interface CanonicalBirths {
  readonly from: string | null;
  readonly to: string | null;
}

interface CanonicalLengths {
  readonly length: string;
  readonly offset: string;
  readonly births: CanonicalBirths;
}

/**
 * Durations are ISO 8601: of age `elapsed` elapsed time balanced to days (`P30D`, `P1DT2H`, `PT0S`), of age `calendar`
 * months and days (`P14M`, `P1M3D`, `PT0S`).
 */
export type CanonicalWindow =
  | ({ readonly kind: 'since_birth'; readonly age: 'elapsed' } & CanonicalLengths)
  | ({ readonly kind: 'since_birth'; readonly age: 'calendar' } & CanonicalLengths)
  | { readonly kind: 'fixed'; readonly from: string; readonly to: string; readonly births: CanonicalBirths | null };

export type CanonicalBirth = { readonly kind: 'registration' } | ({ readonly kind: 'first_event' } & EventSelector);

/** Every metric's parameters hold these two; the rest is the metric's own. */
export type CanonicalParams = { readonly event: readonly string[] | null; readonly where: Filter | null } & Readonly<
  Record<string, JsonValue | Filter | TraitFilter | EventSelector>
>;

/**
 * The slices of a series: a name of the calendar or an elapsed duration; by the time of events, or by births. `age`, by
 * birth only: each slice is cut at birth + k x age, elapsed or, in a calendar window, calendar time.
 */
export interface CanonicalSeries {
  readonly interval: string;
  readonly by: 'event_time' | 'birth';
  readonly age: string | null;
}

/**
 * A request with every default filled and every equivalent spelling made one (docs/semantics.md#hash).
 * Hashed as RFC 8785 JSON by SHA-256. `birth` is null where no birth is needed (a fixed window without births).
 */
export interface CanonicalRequest {
  readonly semantics_version: number;
  readonly cohort: CanonicalCohort;
  /** Id of a metric of the catalogue. */
  readonly metric: string;
  readonly params: CanonicalParams;
  /** Null for a metric that looks back from as_of, without a series. */
  readonly window: CanonicalWindow | null;
  readonly birth: CanonicalBirth | null;
  readonly series: CanonicalSeries | null;
  /** None or one. */
  readonly breakdown: readonly CanonicalBreakdown[];
  readonly aggregators: readonly Aggregator[];
  readonly time_zone: string;
  readonly week_start: WeekDay;
  readonly as_of: string | null;
}

/** The name of a question: SHA-256, lower-case hex, of the canonical request as RFC 8785 JSON. 422 as `plainJson`. */
export function requestHash(canonical: CanonicalRequest): string {
  return createHash('sha256')
    .update(canonicalize(plainJson(canonical, '')))
    .digest('hex');
}
