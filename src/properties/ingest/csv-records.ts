import { parse, type Parser } from 'csv-parse';
import { Failure } from '../../core/failure.js';
import { PIECE_BYTES } from './decoded.js';

/** How a body writes its rows. */
export interface CsvForm {
  /** Bytes of a row. */
  readonly maxBytes: number;
  readonly delimiter?: string;
  /** Whether a return alone ends a row, too. */
  readonly endsAtReturn?: boolean;
  /** Whether a blank line is a row of one empty cell, or none. */
  readonly keepsBlank?: boolean;
  /** Whether a quote in a cell that does not begin with one is a character like any other, or an error. */
  readonly takesLooseQuotes?: boolean;
}

/**
 * The rows of CSV (RFC 4180), those that end in one piece of the body together. Cells are as many as the row has.
 *
 * @throws Failure malformed_body for bad quoting, body_too_large for a row that is too long
 */
export async function* csvRecords(chunks: AsyncIterable<Buffer>, form: CsvForm): AsyncGenerator<string[][]> {
  const parser = parserOf(form);
  let pending = 0;
  for await (const chunk of chunks) {
    await done((end) => parser.write(chunk, end), form);
    const records = finished(parser);
    pending = records.length > 0 ? chunk.length : pending + chunk.length;
    // The parser counts the characters of a row's cells only, and a row may be nothing but commas.
    if (pending > form.maxBytes + PIECE_BYTES) throw tooLong(form);
    yield records;
  }
  await done((end) => parser.end(end), form);
  yield finished(parser);
}

function parserOf({ maxBytes, delimiter = ',', endsAtReturn, keepsBlank, takesLooseQuotes }: CsvForm): Parser {
  const options = {
    delimiter,
    record_delimiter: endsAtReturn ? ['\r\n', '\n', '\r'] : ['\r\n', '\n'],
    relax_column_count: true,
    relax_quotes: takesLooseQuotes ?? false,
    skip_empty_lines: !keepsBlank,
    max_record_size: maxBytes,
    // A write ends when all of it is parsed: it must not wait for a reader.
    readableHighWaterMark: Number.MAX_SAFE_INTEGER,
  };
  const parser = parse(options);
  // For each row that is not as long as the first it makes an error with its stack, at fifty times the price of the row, and throws it away. No row is ever the second.
  Object.defineProperty(parser.info, 'records', { get: () => 0, set: () => {} });
  // Whoever waits for the write is told.
  return parser.on('error', () => undefined);
}

function done(write: (end: (error?: Error | null) => void) => void, form: CsvForm): Promise<void> {
  return new Promise((resolve, reject) =>
    write((error) => (error ? reject(unreadable(error as Error & { code?: string }, form)) : resolve())),
  );
}

function finished(parser: Parser): string[][] {
  const records: string[][] = [];
  for (let record = parser.read() as string[] | null; record !== null; record = parser.read() as string[] | null) {
    records.push(record);
  }
  return records;
}

function unreadable(error: Error & { code?: string }, form: CsvForm): Failure {
  if (error.code === 'CSV_MAX_RECORD_SIZE') return tooLong(form);
  return new Failure('malformed_body', `The body is not valid CSV: ${error.message}`);
}

function tooLong({ maxBytes }: CsvForm): Failure {
  return new Failure('body_too_large', `A row has more than ${maxBytes} bytes. Is a quote left open?`);
}
