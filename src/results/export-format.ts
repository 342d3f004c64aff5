import { notAcceptable, preferredType } from '../platform/http/negotiation.js';
import type { ExportFormat } from '../stores/clickhouse/export-store.js';

/** Formats of results: JSON (of lists a page), or a whole result as lines or as a table with types. */
export type Format = 'json' | ExportFormat;

/** Their media types. */
export const FORMATS = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.stream',
} as const satisfies Readonly<Record<Format, string>>;
export const FORMAT_NAMES = Object.keys(FORMATS) as Format[];

/** The media types that `Accept` may request, JSON first. */
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

interface Schema {
  readonly [keyword: string]: unknown;
}

/** What a response holds by media type, for OpenAPI: JSON, a line of NDJSON, and files; of `types` alone. */
export function exportContent(
  json: Schema,
  line: Schema,
  types: readonly string[] = EXPORT_TYPES,
): Record<string, { schema: object }> {
  const all = {
    [FORMATS.json]: { schema: json },
    [FORMATS.ndjson]: { schema: line },
    [FORMATS.csv]: { schema: { type: 'string' } },
    [FORMATS.parquet]: { schema: { type: 'string', format: 'binary' } },
    [FORMATS.arrow]: { schema: { type: 'string', format: 'binary' } },
  };
  return Object.fromEntries(Object.entries(all).filter(([type]) => types.includes(type)));
}
