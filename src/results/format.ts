import { Failure } from '../core/failure.js';

/** How results are told: JSON (of users a page), or all of them as lines or as a table with types. */
export const FORMATS = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.stream',
} as const;
export type Format = keyof typeof FORMATS;

/** A result as a whole. */
export type ExportFormat = Exclude<Format, 'json'>;

const ALIASES: Readonly<Record<string, Format>> = {
  ...Object.fromEntries(Object.entries(FORMATS).map(([format, type]) => [type, format as Format])),
  '*/*': 'json',
  'application/*': 'json',
  'application/jsonl': 'ndjson',
  'text/*': 'csv',
};

interface Accepted {
  readonly type: string;
  readonly quality: number;
}

/**
 * The format that an `Accept` header prefers (RFC 9110, 12.5.1): the highest quality, of equal ones the first. No header: JSON.
 * @throws Failure not_acceptable when none of its media types can be produced
 */
export function formatOf(accept: string | undefined): Format {
  if (accept === undefined || accept.trim() === '') return 'json';
  const known = accept
    .split(',')
    .map(accepted)
    .filter(({ type, quality }) => quality > 0 && Object.hasOwn(ALIASES, type));
  const best = known.toSorted((a, b) => b.quality - a.quality)[0];
  const format = best && ALIASES[best.type];
  if (format === undefined) {
    throw new Failure('not_acceptable', `Ask for one of ${Object.values(FORMATS).join(', ')}.`);
  }
  return format;
}

function accepted(part: string): Accepted {
  const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return { type, quality: quality === undefined ? 1 : Number(quality) || 0 };
}
