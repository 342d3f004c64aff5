import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { isGzip, rawBodyOf } from '../../platform/http/raw-body.js';
import { refuse } from './asked-form.js';
import type { IngestQuery } from './ingest-query.dto.js';

/** A body as its form asks for it to be read. */
export type IngestBody =
  | { readonly form: 'array'; readonly bytes: Buffer; readonly isStrict: boolean }
  | { readonly form: 'ndjson' | 'csv'; readonly stream: Readable; readonly isGzip: boolean };

/**
 * The body of a request to a route marked with `RawBody`, which has refused other media types.
 *
 * @throws Failure invalid_parameter for `strict` with a stream, which is stored batch by batch as it comes
 */
export function ingestBody(request: FastifyRequest, { strict }: IngestQuery): IngestBody {
  const { mediaType, body } = rawBodyOf(request);
  const isStrict = strict === 'true';
  if (Buffer.isBuffer(body)) return { form: 'array', bytes: body, isStrict };
  if (isStrict) {
    const detail =
      'strict=true is for JSON arrays: a stream is stored batch by batch as it comes. Leave it out or send an array.';
    refuse('strict', detail);
  }
  return { form: mediaType === 'text/csv' ? 'csv' : 'ndjson', stream: body, isGzip: isGzip(request) };
}
