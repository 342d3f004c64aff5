export const JSON_MEDIA_TYPE = 'application/json';

/** One item a line (NDJSON under both its names), or a header and rows. */
export const ITEM_MEDIA_TYPES = ['application/x-ndjson', 'application/jsonl', 'text/csv'] as const;

/** Those, and a list as people write it. */
export const STREAM_MEDIA_TYPES = [...ITEM_MEDIA_TYPES, 'text/plain'] as const;

/** What a route may ask to read as it comes. JSON is parsed, or handed on as bytes, where a route does not ask for it. */
export type StreamMediaType = (typeof STREAM_MEDIA_TYPES)[number] | typeof JSON_MEDIA_TYPE;
