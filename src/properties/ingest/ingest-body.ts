import type { FastifyRequest } from 'fastify';
import { isGzip, rawBodyOf } from '../../platform/http/raw-body.js';
import { csvParameter, type CsvBody } from './csv-parameters.js';
import { refuse } from './requested-form.js';
import { bodyChunks, type BodyOptions } from './body-chunks.js';
import { csvBatches } from './csv-batches.js';
import type { CsvQuery } from './csv-query.dto.js';
import type { Encoding } from './decoded.js';
import type { ItemCollector } from './item-collector.js';
import { arrayBatches } from './json-items.js';
import { ndjsonBatches } from './ndjson-lines.js';
import type { FilledBatch, RowBatch } from './row-batch.js';

/** A body as its form asks for it to be read. */
export type IngestBody =
  | { readonly form: 'array'; readonly bytes: Buffer; readonly isStrict: boolean }
  | { readonly form: 'ndjson'; readonly chunks: AsyncGenerator<Buffer> }
  | { readonly form: 'csv'; readonly chunks: AsyncGenerator<Buffer>; readonly csv: CsvBody };

/** How much of a body is read, and how long. */
export type BodyBounds = Pick<BodyOptions, 'limitBytes' | 'stop'>;

/**
 * The body of a request to a route marked with `RawBody`, which has refused other media types.
 *
 * @throws Failure invalid_parameter for a parameter that the form of the body does not have, such as `strict` with a stream, which is stored batch by batch as it comes
 */
export function ingestBody(request: FastifyRequest, query: CsvQuery, csv: CsvBody, bounds: BodyBounds): IngestBody {
  const { mediaType, body } = rawBodyOf(request);
  const isStrict = query.strict === 'true';
  const isCsv = mediaType === 'text/csv';
  const ofCsv = csvParameter(
    query,
    csv.shape.fields.map(({ name }) => name),
  );
  if (!isCsv && ofCsv !== undefined) refuse(ofCsv, `${ofCsv} is for CSV: send the body as text/csv, or leave it out.`);
  if (isCsv && query.nested !== undefined)
    refuse('nested', 'nested is for JSON and NDJSON: CSV has no objects. Leave it out.');
  if (Buffer.isBuffer(body)) return { form: 'array', bytes: body, isStrict };
  if (isStrict)
    refuse(
      'strict',
      'strict=true is for JSON arrays: a stream is stored batch by batch as it comes. Leave it out or send an array.',
    );
  const chunks = (encoding: Encoding) => bodyChunks(body, { isGzip: isGzip(request), encoding, ...bounds });
  return isCsv ? { form: 'csv', chunks: chunks(csv.encoding), csv } : { form: 'ndjson', chunks: chunks('utf-8') };
}

/** The batches of a body, items in its order. Throws a Failure where the body cannot be read to its end. */
export function bodyBatches<B extends RowBatch>(
  body: IngestBody,
  collector: ItemCollector<B>,
): AsyncIterable<FilledBatch<B>> | Iterable<FilledBatch<B>> {
  switch (body.form) {
    case 'array':
      return arrayBatches(body.bytes, body.isStrict, collector);
    case 'csv':
      return csvBatches(body.chunks, collector, body.csv);
    case 'ndjson':
      return ndjsonBatches(body.chunks, collector);
  }
}
