import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { isGzip, streamedBodyOf } from '../../platform/http/raw-body.js';
import { bodyChunks, type BodyOptions } from '../../properties/ingest/body-chunks.js';
import type { Encoding } from '../../properties/ingest/decoded.js';
import { refuse } from './upload-labels.js';
import type { UploadFormat } from './cohort-upload.entity.js';
import { readCsv, type UploadCsvParameters, type CsvFound } from './read-csv.js';
import { readJson } from './read-json.js';
import { readLines } from './read-lines.js';
import { readText } from './read-text.js';
import type { UploadQuery } from './upload-queries.dto.js';
import type { UploadRows } from './upload-rows.js';

const FORMATS: Readonly<Record<string, UploadFormat>> = {
  'application/json': 'json',
  'text/csv': 'csv',
  'text/plain': 'text',
};

/** How much of a body is read, and how long. */
export type BodyBounds = Pick<BodyOptions, 'limitBytes' | 'stop'>;

/** The body of an upload, to be read once. */
export class UploadBody {
  readonly found: CsvFound = { hasHeader: null, columnNumber: null, columnName: null };
  readonly #hash: Hash;

  private constructor(
    readonly format: UploadFormat,
    private readonly body: Readable,
    private readonly isGzip: boolean,
    private readonly csv: UploadCsvParameters,
    private readonly encoding: Encoding,
    call: string,
  ) {
    this.#hash = createHash('sha256').update(call);
  }

  /** @throws Failure invalid_parameter for parameters of CSV with another body */
  static of(request: FastifyRequest, query: UploadQuery): UploadBody {
    const { header, column, delimiter, encoding, escape } = query;
    const { mediaType, body } = streamedBodyOf(request);
    const format = FORMATS[mediaType] ?? 'ndjson';
    const given = Object.entries({ header, column, delimiter, encoding, escape }).find(
      ([, value]) => value !== undefined,
    );
    if (format !== 'csv' && given)
      refuse(given[0], `${given[0]} is for CSV: send the body as text/csv, or leave it out.`);
    const csv = {
      header: header ?? 'auto',
      column,
      delimiter: delimiter ?? 'comma',
      isEscaped: escape !== 'none',
    } as const;
    return new UploadBody(format, body, isGzip(request), csv, encoding ?? 'utf-8', `${request.url}\n${mediaType}\n`);
  }

  /** Hands the rows on; each step is a good moment to store what there is. Throws the failure of a body that cannot be read to its end. */
  read(rows: UploadRows, within: BodyBounds): AsyncIterable<void> {
    const chunks = this.#hashed(within);
    switch (this.format) {
      case 'csv':
        return readCsv(chunks, rows, this.csv, this.found);
      case 'text':
        return readText(chunks, rows);
      case 'json':
        return readJson(chunks, rows);
      default:
        return readLines(chunks, rows);
    }
  }

  /** SHA-256 of the call and of the body, which is read for it where that was not done before. */
  async fingerprint(within: BodyBounds): Promise<string> {
    for await (const _ of this.#hashed(within)) continue;
    return this.#hash.digest('hex');
  }

  /** The same after `read`. */
  readFingerprint(): string {
    return this.#hash.digest('hex');
  }

  async *#hashed(within: BodyBounds): AsyncGenerator<Buffer> {
    for await (const chunk of bodyChunks(this.body, { isGzip: this.isGzip, encoding: this.encoding, ...within })) {
      this.#hash.update(chunk);
      yield chunk;
    }
  }
}
