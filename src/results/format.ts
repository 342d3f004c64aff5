import { notAcceptable, preferredType } from '../platform/http/negotiation.js';

/** How results are told: JSON (of users a page), or all of them as lines or as a table with types. */
export const FORMATS = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.stream',
} as const;
export type Format = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as Format[];

/** A result as a whole. */
export type ExportFormat = Exclude<Format, 'json'>;

/** What may be asked for by `Accept`, JSON first. */
export const EXPORT_TYPES: readonly string[] = Object.values(FORMATS);

/** NDJSON has two names. */
const BY_TYPE: ReadonlyMap<string, Format> = new Map([
  ...FORMAT_NAMES.map((format): [string, Format] => [FORMATS[format], format]),
  ['application/jsonl', 'ndjson'],
]);

/**
 * The format that an `Accept` header prefers. No header: JSON.
 * @throws Failure not_acceptable when none of its media types can be produced
 */
export function formatOf(accept: string | undefined): Format {
  const type = preferredType(accept, [...BY_TYPE.keys()]);
  return (type !== null && BY_TYPE.get(type)) || notAcceptable(EXPORT_TYPES);
}
