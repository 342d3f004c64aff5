/**
 * The body of POST /requests as it was read from JSON: nothing about its values is known yet. A field that is null counts as not given. How a cohort is named
 * is read by `parseCohort`, since it must be looked up before the rest can be planned.
 */
export interface AskedRequest {
  readonly cohort?: unknown;
  readonly metric?: unknown;
  readonly params?: unknown;
  readonly window?: unknown;
  readonly birth?: unknown;
  readonly series?: unknown;
  readonly breakdown?: unknown;
  readonly aggregators?: unknown;
  readonly time_zone?: unknown;
  readonly week_start?: unknown;
  readonly as_of?: unknown;
  readonly cache?: unknown;
}

export const REQUEST_FIELDS = [
  'cohort',
  'metric',
  'params',
  'window',
  'birth',
  'series',
  'breakdown',
  'aggregators',
  'time_zone',
  'week_start',
  'as_of',
  'cache',
] as const satisfies readonly (keyof AskedRequest)[];

/** What may answer: a fresh stored result (`prefer`), or only a new run (`refresh`). Not part of the hash. */
export const CACHE_MODES = ['prefer', 'refresh'] as const;
export type CacheMode = (typeof CACHE_MODES)[number];
