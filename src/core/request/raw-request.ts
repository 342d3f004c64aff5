/**
 * The body of POST /requests as it was read from JSON: nothing about its values is known yet. A field that is null
 * counts as not given. How a cohort is named is read by `parseCohort`, since it is loaded before the rest can be
 * planned.
 */
export interface RawRequest {
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
  readonly min_seq?: unknown;
  readonly priority?: unknown;
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
  'min_seq',
  'priority',
] as const satisfies readonly (keyof RawRequest)[];

/**
 * What may answer: a fresh stored result, else a run (`prefer`); only a new run (`refresh`); only the newest stored
 * result, stale or not (`only`); that one, and a run beside it when it is stale (`stale_ok`). Not part of the hash.
 */
export const CACHE_MODES = ['prefer', 'refresh', 'only', 'stale_ok'] as const;
export type CacheMode = (typeof CACHE_MODES)[number];

/**
 * Whether a person waits for the answer: `bulk` runs start when no `interactive` run is queued. Not part of the hash.
 */
export const PRIORITIES = ['interactive', 'bulk'] as const;
export type Priority = (typeof PRIORITIES)[number];
