import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { Splitter } from '../../bodies/batches.js';
import type { BodyBounds } from '../../bodies/body-bytes.js';
import { bodyText } from '../../bodies/body-text.js';
import { csvFormat, refuseCsvParameters } from '../../bodies/csv-query.dto.js';
import { isGzip, streamedBodyOf, type BodyRequest } from '../../platform/http/raw-body.js';
import type { UploadFormat } from './cohort-upload.entity.js';
import { csvRows, type CsvFound, type UploadCsvParameters } from './csv-rows.js';
import { JsonRows, ndjsonRows } from './json-rows.js';
import { TextRows } from './text-rows.js';
import type { UploadQuery } from './upload-queries.dto.js';
import { withShortRows, type UploadRows } from './upload-rows.js';

const FORMATS: Readonly<Record<string, UploadFormat>> = {
  'application/json': 'json',
  'text/csv': 'csv',
  'text/plain': 'text',
};

/** The body of an upload, to be read once. */
export class UploadBody {
  readonly found: CsvFound = { hasHeader: null, columnNumber: null, columnName: null };
  readonly #hash: Hash;

  private constructor(
    readonly format: UploadFormat,
    private readonly body: Readable,
    private readonly isGzip: boolean,
    private readonly csv: UploadCsvParameters,
    call: string,
  ) {
    this.#hash = createHash('sha256').update(call);
  }

  /** @throws Failure invalid_parameter for parameters of CSV with another body */
  static of(request: BodyRequest & Pick<FastifyRequest, 'url'>, query: UploadQuery): UploadBody {
    const { header, column } = query;
    const { mediaType, body } = streamedBodyOf(request);
    const format = FORMATS[mediaType] ?? 'ndjson';
    if (format !== 'csv') refuseCsvParameters(query, { header, column });
    const csv = { ...csvFormat(query), header: header ?? 'auto', column };
    return new UploadBody(format, body, isGzip(request), csv, `${request.url}\n${mediaType}\n`);
  }

  /** What cuts the body into rows. */
  splitter(rows: UploadRows): Splitter {
    switch (this.format) {
      case 'csv':
        return csvRows(rows, this.csv, this.found);
      case 'text':
        return withShortRows(new TextRows(rows), rows);
      case 'json':
        return withShortRows(new JsonRows(rows), rows);
      default:
        return withShortRows(ndjsonRows(rows), rows);
    }
  }

  /** SHA-256 of the call and of the body, which is read for it where that was not done before. */
  async fingerprint(within: BodyBounds): Promise<string> {
    for await (const _ of this.pieces(within)) continue;
    return this.#hash.digest('hex');
  }

  /** The same, after the pieces have been read. */
  readFingerprint(): string {
    return this.#hash.digest('hex');
  }

  /** Throws the failure of a body that cannot be read to its end. */
  async *pieces(within: BodyBounds): AsyncGenerator<Buffer> {
    const body = { source: this.body, isGzip: this.isGzip };
    for await (const piece of bodyText(body, this.csv.encoding, within)) {
      this.#hash.update(piece);
      yield piece;
    }
  }
}
