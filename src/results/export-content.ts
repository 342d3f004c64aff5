import { FORMATS } from './format.js';

interface Schema {
  readonly [keyword: string]: unknown;
}

/** What a response holds by media type, for OpenAPI: JSON, a line of NDJSON, and files. */
export function exportContent(json: Schema, line: Schema): Record<string, { schema: object }> {
  return {
    [FORMATS.json]: { schema: json },
    [FORMATS.ndjson]: { schema: line },
    [FORMATS.csv]: { schema: { type: 'string' } },
    [FORMATS.parquet]: { schema: { type: 'string', format: 'binary' } },
    [FORMATS.arrow]: { schema: { type: 'string', format: 'binary' } },
  };
}
